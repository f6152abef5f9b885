import { createWorkflowRunner } from '@file-upload/embedded';
import { createTasks, EVERY_FILE } from '@file-upload/workflow';
import { png } from '@file-upload/workflow/samples';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiGatewayEvent } from './api-gateway-event.ts';
import { isSigned, locate } from './file-content.ts';
import { startLambdaBackend } from './lambda-backend.ts';
import { startLambda } from './lambda-process.ts';
import { withServers } from './server-process.ts';
import { formOf, json, startService, type Service } from './service.ts';

const PNG = png();
const rules = { ...EVERY_FILE, publicRead: false };

/** Polls until `look` finds something. */
async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (const deadline = Date.now() + 30_000; ; await sleep(20)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error('It did not come.');
  }
}

async function storePublic(url: string): Promise<string> {
  const body = formOf(PNG, 'a.png', { content_type: 'image/png', visibility: 'public' });
  const answer = await fetch(`${url}/files`, { method: 'POST', body });
  expect(answer.status).toBe(201);
  return (await json(answer)).file_id;
}

describe('where nobody may read objects in the bucket', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ settings: { rules } });
  });
  afterAll(() => service.close());

  test.each([
    ['a form', formOf(PNG, 'a.png', { visibility: 'public' }), {}],
    [
      'JSON',
      JSON.stringify({ file_content: 'aGk=', visibility: 'public' }),
      { 'content-type': 'application/json' },
    ],
  ])('a public file by %s is refused, and nothing is stored', async (_, body, headers) => {
    const answer = await fetch(`${service.url}/files`, { method: 'POST', body, headers });
    expect(answer.status).toBe(403);
    const problem = await json(answer);
    expect(problem.code).toBe('PUBLIC_FILES_NOT_ALLOWED');
    expect(problem.message).toContain('make it private');
    expect(await Array.fromAsync(service.stores.objects.list())).toEqual([]);
  });

  test('files that say nothing, or that they are private, are stored', async () => {
    const fields: Record<string, string>[] = [{}, { visibility: 'private' }];
    for (const field of fields) {
      const body = formOf(PNG, 'a.png', field);
      const answer = await fetch(`${service.url}/files`, { method: 'POST', body });
      expect(answer.status).toBe(201);
      expect((await json(answer)).metadata.visibility).toBe('private');
    }
  });
});

test('the workflow lets nobody read a public file where nobody may, and it is read as private ones are', async () => {
  // The file is from the time when there were public ones.
  const service = await startService();
  const { objects, metadata } = service.stores;
  const run = createWorkflowRunner({
    runTask: createTasks({ ...service.recordedStores, rules, baseUrl: () => service.url }),
    publish: async () => undefined,
  });
  const delivery = service.embedded.deliver(run);
  try {
    const fileId = await storePublic(service.url);
    const row = await until(async () => {
      const found = await metadata.get(fileId);
      return found?.announced && found;
    });
    expect(row).toMatchObject({ validation_status: 'VALID', visibility: 'public' });
    expect(row.published).toBeFalsy();
    expect(await objects.getTags(row.s3_key)).toEqual({});

    const url = await locate(service.url, fileId);
    expect(isSigned(url)).toBe(true);
    expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(PNG);
    expect((await fetch(url.origin + url.pathname)).status).toBe(403);
  } finally {
    await delivery.stop();
    await service.close();
  }
});

test('a server with PUBLIC_READ=false refuses public files, and signs addresses of those it has', async () => {
  await withServers(async ({ start }) => {
    const before = await start();
    const fileId = await storePublic(before.url);
    await until(async () => !isSigned(await locate(before.url, fileId)));
    before.kill('SIGTERM');
    await before.ended;

    const after = await start({ PUBLIC_READ: 'false' });
    const body = formOf(PNG, 'a.png', { visibility: 'public' });
    expect((await fetch(`${after.url}/files`, { method: 'POST', body })).status).toBe(403);
    const url = await locate(after.url, fileId);
    expect(isSigned(url)).toBe(true);
    expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(PNG);
  });
});

test('the Lambda with PUBLIC_READ=false refuses public files', async () => {
  const backend = await startLambdaBackend();
  const lambda = await startLambda({ ...backend.environment, PUBLIC_READ: 'false' });
  try {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ file_content: 'aGk=', visibility: 'public' });
    const event = await apiGatewayEvent('/files', { method: 'POST', headers, body });
    const answer = await lambda.invoke(event);
    expect(answer.statusCode).toBe(403);
    expect(answer.body).toContain('PUBLIC_FILES_NOT_ALLOWED');
  } finally {
    await lambda.close();
    await backend.close();
  }
});
