import type { LambdaResponse } from '@fastify/aws-lambda';
import { createWorkflowRunner, type PublishedMessage } from '@file-upload/embedded';
import type { FileEvent, FileHistory, FileMetadata } from '@file-upload/shared-types';
import { reset, startFaultServer } from '@file-upload/storage/faults';
import { TASK_NAMES, type ObjectCreated, type TaskCall } from '@file-upload/workflow';
import { png } from '@file-upload/workflow/samples';
import { apiGatewayEvent } from './api-gateway-event.ts';
import { BASE_URL, startLambdaBackend, type LambdaBackend } from './lambda-backend.ts';
import { startLambda, type Lambda } from './lambda-process.ts';

let backend: LambdaBackend;
let lambda: Lambda;

beforeAll(async () => {
  backend = await startLambdaBackend();
  lambda = await startLambda(backend.environment);
});

afterAll(async () => {
  await lambda.close();
  await backend.close();
});

const bodyOf = <T>({ body }: LambdaResponse) => JSON.parse(body) as T;
const get = async <T>(path: string) => bodyOf<T>(await lambda.invoke(await apiGatewayEvent(path)));

async function store(file: {
  file_name: string;
  content_type: string;
  file_content: string;
  visibility?: string;
}): Promise<FileMetadata> {
  const headers = { 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(file) };
  const answer = await lambda.invoke(await apiGatewayEvent('/files', init));
  expect(answer.statusCode).toBe(201);
  return bodyOf<{ metadata: FileMetadata }>(answer).metadata;
}

const PNG = png().toString('base64');
const HTML = Buffer.from('<!DOCTYPE html><html></html>').toString('base64');

/** What S3 would tell of an object. */
function eventOf({ s3_key: key, file_size: size }: FileMetadata, etag = 'abc'): ObjectCreated {
  return {
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    source: 'aws.s3',
    'detail-type': 'Object Created',
    time: '2026-11-23T10:00:00Z',
    detail: { bucket: { name: 'file-upload' }, object: { key, size, etag } },
  };
}
const SOME_EVENT = eventOf({ s3_key: 'inbox/none.txt', file_size: 1 } as FileMetadata);
const VALIDATE: TaskCall = { task: 'ValidateFile', input: SOME_EVENT, retries: 0 };

describe('the state machine, whose tasks the bundle runs', () => {
  const calls: { task: string; state: unknown }[] = [];
  const published: Required<PublishedMessage>[] = [];
  let delivery: ReturnType<LambdaBackend['embedded']['deliver']>;
  let announced: () => void = () => undefined;

  beforeAll(() => {
    const run = createWorkflowRunner({
      async runTask(call) {
        const state = await lambda.run(call);
        calls.push({ task: call.task, state });
        return state;
      },
      publish: (message) => {
        published.push(message as Required<PublishedMessage>);
        return Promise.resolve();
      },
      retryMillis: 10,
    });
    delivery = backend.embedded.deliver((event) => run(event).finally(() => announced()));
  });
  afterAll(() => delivery.stop());
  beforeEach(() => {
    calls.length = 0;
    published.length = 0;
  });

  test.each([
    [
      'accepts and announces a file',
      { file_name: 'a.png', content_type: 'image/png', file_content: PNG, visibility: 'public' },
      ['ValidateFile', 'ProcessFile', 'RecordNotified'],
      'file_uploaded',
      ['received', 'validated', 'notified'],
      200,
    ],
    [
      'rejects and announces a file',
      { file_name: 'b.png', content_type: 'image/png', file_content: HTML, visibility: 'public' },
      ['ValidateFile', 'RejectFile', 'RecordNotified'],
      'file_rejected',
      ['received', 'rejected', 'notified'],
      403,
    ],
  ] as const)('%s', async (_, file, tasks, name, happened, statusForAnybody) => {
    const finished = new Promise<void>((resolve) => (announced = resolve));
    const { file_id, s3_key } = await store(file);
    await finished;

    expect(calls.map(({ task }) => task)).toEqual(tasks);
    // The state itself, not an answer that carries it.
    for (const { state } of calls) {
      expect(state).toMatchObject({ 'detail-type': 'Object Created', validation: { file_id } });
      expect(state).not.toHaveProperty('statusCode');
    }
    const metadata = await get<FileMetadata>(`/files/${file_id}`);
    expect(published).toHaveLength(1);
    const { event, event_id, ...told } = JSON.parse(published[0]!.Message) as FileEvent;
    expect(event).toBe(name);
    expect(event_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(told).toEqual(metadata);
    expect(told.file_url).toBe(`${BASE_URL}/files/${file_id}/content`);
    const { history } = await get<FileHistory>(`/files/${file_id}/history`);
    expect(history.map((entry) => entry.event)).toEqual(happened);

    const { s3Endpoint, bucket } = backend.embedded;
    expect((await fetch(`${s3Endpoint}/${bucket}/${s3_key}`)).status).toBe(statusForAnybody);
  });
});

test('records the fault that outlasted its retries', async () => {
  const file = await store({ file_name: 'c', content_type: 'text/plain', file_content: '' });
  const failure = { Error: 'StoreUnavailable', Cause: '{"errorMessage":"inside"}' };
  const input = { ...eventOf(file), failure };
  expect(await lambda.run({ task: 'RecordFailure', input, retries: 0 })).toEqual(input);
  const { processing_error } = await get<FileMetadata>(`/files/${file.file_id}`);
  expect(processing_error).toMatchObject({ code: 'StoreUnavailable' });
  expect(JSON.stringify(processing_error)).not.toContain('inside');
});

test('a task of an object that is gone has nothing to do', async () => {
  expect(await lambda.run(VALIDATE)).toMatchObject({ validation: { status: 'NONE' } });
});

test('a task whose store fails throws an error that Retry and Catch see by its name', async () => {
  const stores = await startFaultServer(reset);
  const broken = await startLambda({
    ...backend.environment,
    AWS_ENDPOINT_URL_S3: stores.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: stores.endpoint,
  });
  try {
    for (const task of ['ValidateFile', 'RecordFailure']) {
      await expect(broken.run({ ...VALIDATE, task })).rejects.toMatchObject({
        name: 'StoreUnavailable',
        message: 'The store did not answer in time. Try again.',
      });
    }
  } finally {
    await broken.close();
    await stores.close();
  }
});

test.each(['ProcessFile', 'RejectFile'])('%s alone is an error, and not done', async (task) => {
  await expect(lambda.run({ ...VALIDATE, task })).rejects.toMatchObject({ name: 'UnknownTask' });
});

/** Payload format 1.0: a REST API, or an HTTP API that was set up for it. */
const FORMAT_1 = {
  version: '1.0',
  resource: '/files',
  path: '/files',
  httpMethod: 'GET',
  headers: {},
  requestContext: { resourceId: '1', httpMethod: 'GET', path: '/files' },
};
const S3_NOTIFICATION = {
  Records: [
    { eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: { object: { key: 'a' } } },
  ],
};
const HTTP = await apiGatewayEvent('/health');

test.each<[string, unknown]>([
  ['nothing', {}],
  ['null', null],
  ['a text', 'ValidateFile'],
  ['a list', [VALIDATE]],
  ['a notification of S3 itself', S3_NOTIFICATION],
  ['the event of EventBridge without a task', SOME_EVENT],
  ['payload format 1.0', FORMAT_1],
  ['payload format 2.0 without the request', { version: '2.0', requestContext: {} }],
  ['payload format 2.0 with a context of null', { version: '2.0', requestContext: null }],
  ['a task of another name', { ...VALIDATE, task: 'DeleteFile' }],
  ['a task whose name is one of a prototype', { ...VALIDATE, task: 'constructor' }],
  ['a task whose name is in a list', { ...VALIDATE, task: ['ValidateFile'] }],
  ['a task without an input', { task: 'ValidateFile', retries: 0 }],
  ['a task whose input is text', { ...VALIDATE, input: JSON.stringify(SOME_EVENT) }],
  ['a task whose input has no key', { ...VALIDATE, input: { ...SOME_EVENT, detail: {} } }],
  ['a task of another event', { ...VALIDATE, input: { ...SOME_EVENT, source: 'aws.ec2' } }],
  ['a malformed task that looks like a request too', { ...HTTP, ...VALIDATE, input: {} }],
])('%s is an error by name, and not an answer', async (_, event) => {
  await expect(lambda.run(event)).rejects.toMatchObject({
    name: 'UnknownEvent',
    message: expect.stringMatching(/payload format 2\.0.*ValidateFile.*Object Created/) as string,
  });
});

test('what has a task is a task, also where it looks like a request', async () => {
  const state = await lambda.run({ ...HTTP, ...VALIDATE });
  expect(state).toMatchObject({ validation: { status: 'NONE' } });
});

test('a request that has a task in its body, query and headers is a request', async () => {
  const request = await apiGatewayEvent('/files?task=ValidateFile', {
    method: 'POST',
    headers: { 'content-type': 'application/json', task: 'ValidateFile' },
    body: JSON.stringify(VALIDATE),
  });
  expect((await lambda.invoke(request)).statusCode).toBe(400);
});

test('every task of the definition is known', async () => {
  for (const task of TASK_NAMES) {
    const outcome = await lambda.run({ ...VALIDATE, task }).catch(({ name }: Error) => name);
    expect(outcome).not.toBe('UnknownEvent');
  }
});
