import { randomBytes } from 'node:crypto';
import { truncateSync } from 'node:fs';
import { mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createClient,
  uploadFile,
  type Client,
  type UploadFileOptions,
  type UploadSource,
} from '@file-upload/api-client';
import { checksumOf } from '@file-upload/storage';
import { answer, reset } from '@file-upload/storage/faults';
import type { Trouble } from './fault-proxy.ts';
import { startService, type Service } from './service.ts';
import { startUploadLine, type Passed, type UploadLine } from './upload-line.ts';

const SMALL = randomBytes(50_000);
/** Goes in three parts. */
const LARGE = randomBytes(2 * 8 * 1024 ** 2 + 999);

let service: Service;
/** To the store, and to the service. */
let store: UploadLine;
let api: UploadLine;
let client: Client;
let folder: string;
beforeAll(async () => {
  store = await startUploadLine(() => service.embedded.s3Endpoint);
  api = await startUploadLine(() => service.url);
  service = await startService({ endpoints: () => ({ s3Endpoint: store.url }) });
  client = createClient({ baseUrl: api.url });
  folder = await mkdtemp(join(tmpdir(), 'upload-source-'));
});
beforeEach(() => {
  store.watch();
  api.watch();
});
afterAll(async () => {
  await service.close();
  await store.close();
  await api.close();
  await rm(folder, { recursive: true });
});

const contentOf = async (fileId: string) =>
  Buffer.from(await (await fetch(`${service.url}/files/${fileId}/content`)).arrayBuffer());
const failureOf = async (source: UploadSource, options: UploadFileOptions = {}) =>
  await uploadFile(client, source, { fileName: 'a.bin', ...options }).catch((e: unknown) => e);
const partsSent = () => store.passed.flatMap(({ part }) => part ?? []).sort();
/** Sent by the client itself. */
const isPut = ({ method, part }: Passed) => method === 'PUT' || part !== undefined;

/** The file arrives, once, and as it was sent. */
async function expectUploaded(bytes: Buffer<ArrayBuffer>): Promise<void> {
  const name = `${randomBytes(8).toString('hex')}.bin`;
  const metadata = await uploadFile(client, new File([bytes], name));
  expect(metadata.checksum?.value).toBe(await checksumOf('CRC64NVME', bytes));
  expect((await contentOf(metadata.file_id)).equals(bytes)).toBe(true);
  const stored = await Array.fromAsync(service.stores.objects.list());
  expect(stored.filter(({ key }) => key.endsWith(name))).toHaveLength(1);
  expect(await service.stores.objects.multipart.list()).toEqual([]);
}

const loseAnswer: Trouble = { afterwards: reset };
const overloaded: Trouble = { instead: answer(503, 'SlowDown') };
const later = (status: number): Trouble => ({
  instead: (response) => void response.writeHead(status, { 'retry-after': '0' }).end('{}'),
});

describe.each<[string, Buffer<ArrayBuffer>]>([
  ['a small file', SMALL],
  ['a large file', LARGE],
])('%s arrives although', (_, bytes) => {
  test.each<[string, { onStore?: Trouble; onApi?: Trouble }]>([
    ['every first request to the store breaks', { onStore: { instead: reset, atOnce: true } }],
    ['the store loses every first answer', { onStore: loseAnswer }],
    ['the store is overloaded at first', { onStore: overloaded }],
    ['every first request has expired', { onStore: { instead: answer(403, 'AccessDenied') } }],
    ['every first connection to the service breaks', { onApi: { instead: reset, atOnce: true } }],
    ['the service loses every first answer', { onApi: loseAnswer }],
    ['the service asks for fewer requests', { onApi: later(429) }],
    ['the service fails at first', { onApi: later(503), onStore: loseAnswer }],
  ])('%s', async (_, { onStore, onApi }) => {
    store.watch((passed) => (isPut(passed) && passed.before === 0 ? onStore : undefined));
    api.watch(({ before }) => (before === 0 ? onApi : undefined));
    await expectUploaded(bytes);
  });
});

test('opens one upload although the answer is lost, and sends each part once', async () => {
  api.watch(({ path, before }) => (path === '/uploads' && before < 2 ? loseAnswer : undefined));
  await expectUploaded(LARGE);
  expect(partsSent()).toEqual([1, 2, 3]);
});

test('waits for the attempt to complete it of which the answer was lost', async () => {
  const code = JSON.stringify({ code: 'CONFLICT', message: 'Complete it again in a moment.' });
  const conflict: Trouble = { instead: (response) => void response.writeHead(409).end(code) };
  api.watch(({ path, before }) => {
    if (!path.endsWith('/complete') || before === 4) return undefined;
    return before === 0 ? loseAnswer : conflict;
  });
  await expectUploaded(SMALL);
});

test('is done where somebody else has completed the upload meanwhile', async () => {
  let fileId = '';
  api.watch(({ path, before }) =>
    path.endsWith('/complete') && before === 0 ? later(503) : undefined,
  );
  const onOpen = (upload: { file_id: string }) => (fileId = upload.file_id);
  const onProgress = async ({ sent }: { sent: number }) => {
    if (sent < LARGE.length) return;
    await fetch(`${service.url}/uploads/${fileId}/complete`, { method: 'POST' });
  };
  const { file_id } = await uploadFile(client, new File([LARGE], 'a'), {
    onOpen,
    onProgress: (progress) => void onProgress(progress),
  });
  expect(file_id).toBe(fileId);
});

describe('is refused, with a code and the status,', () => {
  test('where the store goes on refusing what was signed', async () => {
    store.watch((passed) => (isPut(passed) ? { instead: answer(403, 'AccessDenied') } : undefined));
    expect(await failureOf(new Blob([LARGE]))).toMatchObject({
      name: 'UploadError',
      code: 'STORE_REFUSED',
      status: 403,
      message: expect.stringContaining('AccessDenied') as string,
    });
  });

  test('where something before the service refuses it in words of its own', async () => {
    api.watch(() => ({ instead: (response) => void response.writeHead(401).end('<h1>No</h1>') }));
    expect(await failureOf(new Blob([SMALL]))).toMatchObject({
      code: 'SERVICE_REFUSED',
      status: 401,
    });
  });

  test('where the service knows the upload no more', async () => {
    const onOpen = ({ file_id }: { file_id: string }) =>
      void fetch(`${service.url}/uploads/${file_id}`, { method: 'DELETE' });
    expect(await failureOf(new Blob([LARGE]), { onOpen })).toMatchObject({
      code: 'UPLOAD_NOT_FOUND',
      status: 404,
    });
  });

  test('where the bytes never arrive as they were sent', async () => {
    // Signed with the checksum of other bytes than are sent.
    const wrong = createClient({
      baseUrl: api.url,
      async fetch(request) {
        const asked = request as Request;
        if (!asked.url.endsWith('/parts')) return await fetch(asked);
        const body = (await asked.json()) as object;
        const checksums = ['AAAAAAAAAAA='];
        return await fetch(asked.url, {
          method: 'POST',
          headers: asked.headers,
          body: JSON.stringify({ ...body, checksums }),
        });
      },
    });
    const file = new File([LARGE], 'a.bin');
    await expect(uploadFile(wrong, file)).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      status: 400,
    });
  });
});

describe('notices', () => {
  const stream = (...chunks: unknown[]) =>
    (async function* () {
      yield* chunks as Uint8Array[];
    })();

  test.each<[string, () => UploadSource, string]>([
    ['is short', () => ({ stream: stream(SMALL), size: SMALL.length + 1 }), 'SOURCE_CHANGED'],
    ['is long', () => ({ stream: stream(SMALL), size: SMALL.length - 1 }), 'SOURCE_CHANGED'],
    ['is short of a part', () => ({ stream: stream(LARGE), size: 2e7 }), 'SOURCE_CHANGED'],
    [
      'is longer than its parts',
      () => ({ stream: stream(LARGE, SMALL), size: LARGE.length }),
      'SOURCE_CHANGED',
    ],
    ['is one of text', () => ({ stream: stream('text'), size: 4 }), 'SOURCE_FAILED'],
    [
      'breaks',
      () => ({
        stream: new ReadableStream<Uint8Array>({
          pull: (controller) => controller.error(new Error('The cable is out.')),
        }),
        size: 2e7,
      }),
      'SOURCE_FAILED',
    ],
  ])('a stream that %s', async (_, source, code) => {
    expect(await failureOf(source())).toMatchObject({ name: 'UploadError', code });
    expect(await Array.fromAsync(service.stores.objects.list('a.bin'))).toEqual([]);
  });

  test('nothing of a small file that changes after it was read', async () => {
    const path = join(folder, 'small.bin');
    await writeFile(path, SMALL);
    const { file_id } = await uploadFile(client, path, { onOpen: () => truncateSync(path) });
    expect((await contentOf(file_id)).equals(SMALL)).toBe(true);
  });

  test.each<[string, (path: string) => Promise<void>]>([
    ['is cut off', (path) => truncate(path, 1000)],
    ['is written to', (path) => utimes(path, 1, 1)],
    ['grows', (path) => writeFile(path, SMALL, { flag: 'a' })],
  ])('a file that %s while it is read', async (_, change) => {
    const path = join(folder, 'changing.bin');
    await writeFile(path, LARGE);
    let changed: Promise<void> | undefined;
    store.watch(({ part }) => {
      if (part !== undefined) changed ??= change(path);
      return undefined;
    });
    expect(await failureOf(path, { concurrency: 1 })).toMatchObject({ code: 'SOURCE_CHANGED' });
  });
});
