import { randomBytes, randomUUID } from 'node:crypto';
import {
  LIMITS,
  type CreateFileResponse,
  type FileMetadata,
  type Health,
} from '@file-upload/shared-types';
import { checksumOf, type StoreTimeouts } from '@file-upload/storage';
import { buildApp } from '../src/app.ts';
import { startFaultProxy, TROUBLES, type Extent, type FaultProxy } from './fault-proxy.ts';
import { createRecordedStores } from './recorded-calls.ts';
import { json, SETTINGS, startService, type Service } from './service.ts';

const SMALL = randomBytes(20_000);
/** Two parts of the smallest size that S3 takes. */
const PART_SIZE = LIMITS.minPartBytes;
const LARGE = randomBytes(PART_SIZE + 20_000);
const CHECKSUMS = new Map<Buffer, string>([
  [SMALL, await checksumOf('CRC64NVME', SMALL)],
  [LARGE, await checksumOf('CRC64NVME', LARGE)],
]);
const WRONG_CHECKSUM = JSON.stringify({ algorithm: 'SHA256', value: `${'A'.repeat(43)}=` });

/** Patient enough for a busy machine, and short where a store hangs for all of it. */
const PATIENT = { attempts: 2, connectionMs: 5_000, s3IdleMs: 10_000, dynamodbIdleMs: 10_000 };
const IMPATIENT = { ...PATIENT, s3IdleMs: 500, dynamodbIdleMs: 500 };
/** Services with a faulty line, which share their stores: while one waits another works. */
const LANES = 6;

/** The file that a case is about. */
interface Subject {
  name: string;
  idempotencyKey: string;
  /** Of a file that is there before. */
  fileId: string;
}

/** A call of an operation to a store. */
interface Call {
  index: number;
  name: string;
}

interface Operation {
  /** The status where nothing goes wrong. */
  status: number;
  run(url: string, subject: Subject): Promise<Response>;
  /** What is stored. */
  bytes: Buffer;
  /** Which of its calls are of interest; all where it is left out. */
  isCovered?: (call: Call) => boolean;
}

function post(
  url: string,
  body: Buffer<ArrayBuffer> | string,
  { idempotencyKey }: Partial<Subject> = {},
): Promise<Response> {
  const headers: Record<string, string> = {
    'content-type':
      typeof body === 'string' ? 'application/json' : 'multipart/form-data; boundary=b',
    ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
  };
  return fetch(`${url}/files`, { method: 'POST', headers, body });
}

/** A form as bytes: much faster to send than a FormData. */
function formOf(bytes: Buffer, name: string, checksum?: string): Buffer<ArrayBuffer> {
  const part = (disposition: string) =>
    `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`;
  const field = checksum === undefined ? '' : `${part('name="checksum"')}${checksum}\r\n`;
  const file = part(`name="file"; filename="${name}"`);
  return Buffer.concat([Buffer.from(field + file), bytes, Buffer.from('\r\n--b--\r\n')]);
}

const jsonOf = (name: string) =>
  JSON.stringify({ file_name: name, file_content: SMALL.toString('base64') });

const CREATIONS: Record<string, Operation> = {
  'a file in JSON': {
    status: 201,
    bytes: SMALL,
    run: (url, subject) => post(url, jsonOf(subject.name), subject),
  },
  'a small form': {
    status: 201,
    bytes: SMALL,
    run: (url, subject) => post(url, formOf(SMALL, subject.name), subject),
  },
  'a form in several parts': {
    status: 201,
    bytes: LARGE,
    // The first call comes before the bytes, so it is that of a small form.
    isCovered: ({ index }) => index > 0,
    run: (url, subject) => post(url, formOf(LARGE, subject.name), subject),
  },
};

/** Its parts are there when its checksum turns out to be wrong. */
const REFUSAL: Operation = {
  status: 400,
  bytes: LARGE,
  isCovered: ({ name }) => name === 'DELETE uploadId',
  run: (url, subject) => post(url, formOf(LARGE, subject.name, WRONG_CHECKSUM)),
};

const WITHOUT_KEY: Operation = {
  status: 201,
  bytes: SMALL,
  run: (url, { name }) => post(url, formOf(SMALL, name)),
};

const READINGS: Record<string, Pick<Operation, 'status' | 'run'>> = {
  'the metadata of a file': { status: 200, run: (url, { fileId }) => get(url, `/files/${fileId}`) },
  'the validation of a file': {
    status: 200,
    run: (url, { fileId }) => get(url, `/files?file_id=${fileId}`),
  },
  'the content of a file': {
    status: 307,
    run: (url, { fileId }) => get(url, `/files/${fileId}/content`),
  },
  'the list of files': { status: 200, run: (url) => get(url, '/files?limit=2') },
};

const get = (url: string, path: string) => fetch(url + path, { redirect: 'manual' });

const DELETION: Pick<Operation, 'status' | 'run'> = {
  status: 204,
  run: (url, { fileId }) => fetch(`${url}/files/${fileId}`, { method: 'DELETE' }),
};

/** One fault, in one run of an operation. */
interface Case {
  call: Call;
  extent: Extent;
  /** The names of the calls that the service tried again. */
  retried: ReadonlySet<string>;
  subject: Subject;
  answer: Response;
}

let service: Service;
let patientLanes: Lane[];
let impatientLanes: Lane[];

/** A service of which every line to the stores goes through a proxy. */
interface Lane {
  url: string;
  proxy: FaultProxy;
  close(): Promise<void>;
}

async function startLane(timeouts: StoreTimeouts): Promise<Lane> {
  const proxy = await startFaultProxy(service.embedded);
  const { clients, objects, metadata } = createRecordedStores('lambda', {
    ...service.embedded,
    s3Endpoint: proxy.endpoint,
    dynamodbEndpoint: proxy.endpoint,
    table: 'files',
    timeouts,
  });
  const app = await buildApp({
    metadata,
    objects: {
      ...objects,
      stage: (object, source, options) =>
        objects.stage(object, source, { ...options, partSize: PART_SIZE }),
    },
    logger: false,
    settings: { ...SETTINGS, baseUrl: () => service.url },
  });
  return {
    url: await app.listen({ port: 0, host: '127.0.0.1' }),
    proxy,
    async close() {
      await app.close();
      clients.destroy();
      await proxy.close();
    },
  };
}

beforeAll(async () => {
  service = await startService();
  patientLanes = await Promise.all(Array.from({ length: LANES }, () => startLane(PATIENT)));
  impatientLanes = await Promise.all(Array.from({ length: LANES }, () => startLane(IMPATIENT)));
});

afterAll(async () => {
  await Promise.all([...patientLanes, ...impatientLanes].map((lane) => lane.close()));
  await service.close();
});

/** A subject that no other case has; its file is made where there has to be one. */
async function newSubject(exists: boolean): Promise<Subject> {
  const subject = { name: `${randomUUID()}.bin`, idempotencyKey: randomUUID(), fileId: '' };
  if (!exists) return subject;
  const response = await post(service.url, jsonOf(subject.name));
  expect(response.status).toBe(201);
  return { ...subject, fileId: (await json<CreateFileResponse>(response)).file_id };
}

/**
 * Runs an operation once for each of its calls to a store, each kind of trouble with that call and
 * each extent of it, and hands every case to `check` when all is well again.
 */
async function inEveryCase(
  { status, run, isCovered = () => true }: Pick<Operation, 'status' | 'run' | 'isCovered'>,
  exists: boolean,
  check: (made: Case) => Promise<void>,
): Promise<void> {
  const { url, proxy } = patientLanes[0]!;
  proxy.watch();
  const healthy = await run(url, await newSubject(exists));
  expect([healthy.status, await healthy.text()]).toEqual([status, expect.anything()]);
  const calls = proxy.calls.map((name, index) => ({ name, index }));
  const cases = calls
    .filter(isCovered)
    .flatMap((call) =>
      Object.entries(TROUBLES).flatMap(([does, { trouble, extents, takesTime }]) =>
        extents.map((extent) => ({ call, does, trouble, extent, takesTime })),
      ),
    );
  expect(cases.length).toBeGreaterThan(0);

  async function runCase(lane: Lane, plan: (typeof cases)[number]): Promise<void> {
    const subject = await newSubject(exists);
    lane.proxy.watch({ ...plan, call: plan.call.index });
    const answer = await run(lane.url, subject).finally(() => lane.proxy.heal());
    // On a busy machine, an impatient service may have given up before.
    if (!plan.takesTime) expect(lane.proxy.hits).toBeGreaterThan(0);
    if (answer.status !== status) await expectUnavailable(answer);
    await check({ ...plan, subject, answer, retried: lane.proxy.retried });
  }

  const failures: string[] = [];
  const runOnLane = async (lane: Lane, waiting: typeof cases) => {
    for (let plan = waiting.shift(); plan; plan = waiting.shift()) {
      const { call, does, extent } = plan;
      await runCase(lane, plan).catch((error: Error) => {
        const title = `${call.name} (call ${call.index}) ${does} ${extent}`;
        failures.push(`${title}: ${error.stack} ${String(error.cause)}`);
      });
    }
  };
  const slow = cases.filter(({ takesTime }) => takesTime);
  const fast = cases.filter(({ takesTime }) => !takesTime);
  await Promise.all([
    ...impatientLanes.map((lane) => runOnLane(lane, slow)),
    ...patientLanes.map((lane) => runOnLane(lane, fast)),
  ]);
  expect(failures).toEqual([]);
}

/** Says that it may work later, and nothing of what happened inside. */
async function expectUnavailable(response: Response): Promise<void> {
  const body = await json(response);
  expect(body).toEqual({
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    code: 'STORE_UNAVAILABLE',
    message: 'The store did not answer in time. Try again.',
    request_id: response.headers.get('x-request-id'),
  });
  expect(response.status).toBe(503);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.headers.get('retry-after')).toMatch(/^[1-9][0-9]*$/);
}

async function listedAs(name: string): Promise<FileMetadata[]> {
  const { files } = await json<{ files: FileMetadata[] }>(await fetch(`${service.url}/files`));
  return files.filter(({ file_name }) => file_name === name);
}

/** The keys of all objects with a file's name. */
async function keysOf(name: string): Promise<string[]> {
  const keys = (await Array.fromAsync(service.stores.objects.list())).map(({ key }) => key);
  return keys.filter((key) => key.endsWith(`/${name}`));
}

async function remove(fileId: string): Promise<void> {
  expect((await fetch(`${service.url}/files/${fileId}`, { method: 'DELETE' })).status).toBe(204);
}

/** The row, the object and the bytes all agree. */
async function expectWhole(file: FileMetadata, bytes: Buffer): Promise<void> {
  const object = await service.stores.objects.head(file.s3_key);
  expect(object).toMatchObject({ size: bytes.length, checksum: file.checksum });
  expect(file.file_size).toBe(bytes.length);
  expect(file.checksum).toEqual({ algorithm: 'CRC64NVME', value: CHECKSUMS.get(bytes) });
  const content = await fetch(`${service.url}/files/${file.file_id}/content`);
  expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
}

/** Whether parts of the case may be left, for the lifecycle rule of the bucket. */
function mayLeaveParts({ call: { name }, extent, retried }: Case): boolean {
  // An upload of which the id got lost, or which could not be removed. On a busy machine, an
  // impatient service may have given up either at first, whatever else was to go wrong.
  const calls = [name, ...retried];
  const isLeft = calls.includes('POST uploads') || calls.includes('DELETE uploadId');
  return isLeft || extent === 'from then on';
}

async function expectNoParts(made: Case): Promise<void> {
  const { multipart } = service.stores.objects;
  const uploads = await multipart.list();
  const left = uploads.filter((upload) => upload.key.endsWith(`/${made.subject.name}`));
  if (!mayLeaveParts(made)) expect(left).toEqual([]);
  for (const upload of left) await multipart.abort(upload);
}

test.each(Object.entries(CREATIONS))(
  '%s arrives or is answered with a clear 503, and sent again with its Idempotency-Key is one file',
  async (_, operation) => {
    await inEveryCase(operation, false, async (made) => {
      const { name } = made.subject;
      const repeated = await operation.run(service.url, made.subject);
      const answer = await json<CreateFileResponse>(repeated);
      expect([repeated.status, answer]).toEqual([201, expect.anything()]);

      expect(await listedAs(name)).toEqual([answer.metadata]);
      expect(await keysOf(name)).toEqual([answer.metadata.s3_key]);
      await expectWhole(answer.metadata, operation.bytes);
      await expectNoParts(made);
      await remove(answer.file_id);
    });
  },
  120_000, // Waits for the disk more than for anything else.
);

test('a form that is refused once its parts are sent leaves no file, and no parts that can be removed', async () => {
  await inEveryCase(REFUSAL, false, async (made) => {
    expect(await listedAs(made.subject.name)).toEqual([]);
    expect(await keysOf(made.subject.name)).toEqual([]);
    await expectNoParts(made);
  });
});

test('a file without an Idempotency-Key arrives or is answered with a clear 503, and what is listed is whole', async () => {
  await inEveryCase(WITHOUT_KEY, false, async ({ subject, answer }) => {
    const listed = await listedAs(subject.name);
    if (answer.status === 201) {
      expect(listed).toEqual([(await json<CreateFileResponse>(answer)).metadata]);
    }
    expect(listed.length).toBeLessThanOrEqual(1);
    for (const file of listed) {
      await expectWhole(file, WITHOUT_KEY.bytes);
      await remove(file.file_id);
    }
  });
});

test.each(Object.entries(READINGS))(
  '%s is told or the answer is a clear 503, and the file is unharmed',
  async (_, operation) => {
    await inEveryCase(operation, true, async ({ subject }) => {
      expect((await operation.run(service.url, subject)).status).toBe(operation.status);
      const [file] = await listedAs(subject.name);
      expect(file?.validation_status).toMatch(/^(UPLOADED|VALID)$/);
      await expectWhole(file!, SMALL);
      await remove(subject.fileId);
    });
  },
);

test('a deletion is done or answered with a clear 503, never leaves a row without its object, and is done when repeated', async () => {
  await inEveryCase(DELETION, true, async ({ subject, answer }) => {
    const { name, fileId } = subject;
    if ((await get(service.url, `/files/${fileId}`)).status === 200) {
      expect(answer.status).toBe(503);
      expect(await keysOf(name)).toHaveLength(1);
    }
    await remove(fileId);
    expect((await get(service.url, `/files/${fileId}`)).status).toBe(404);
    expect((await get(service.url, `/files/${fileId}/content`)).status).toBe(404);
    expect(await listedAs(name)).toEqual([]);
    expect(await keysOf(name)).toEqual([]);
    // Finds a row also where it counts as gone.
    expect(await service.stores.metadata.hide(fileId)).toBeUndefined();
  });
});

test.each(Object.entries(TROUBLES))('health is told when a store %s', async (_, kind) => {
  const lanes = kind.takesTime ? impatientLanes : patientLanes;
  const tryCall = async (call: number) => {
    const { url, proxy } = lanes[call]!;
    proxy.watch({ call, trouble: kind.trouble, extent: 'at every attempt' });
    const response = await fetch(`${url}/health`).finally(() => proxy.heal());
    expect(response.status).toBe(503);
    const { status, dependencies } = await json<Health>(response);
    expect(status).toBe('unavailable');
    expect(Object.values(dependencies)).toContain('unavailable');
  };
  await Promise.all([0, 1].map(tryCall));
  expect((await fetch(`${service.url}/health`)).status).toBe(200);
});
