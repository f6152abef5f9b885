import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { createClient, uploadFile, type Client, type UploadSource } from '@file-upload/api-client';
import { checksumOf } from '@file-upload/storage';
import { hang } from '@file-upload/storage/faults';
import { startService, type Service } from './service.ts';
import { startUploadLine, type UploadLine } from './upload-line.ts';

/** Goes in five parts. */
const BYTES = randomBytes(4 * 8 * 1024 ** 2 + 1);
const UNKNOWN = '00000000-0000-7000-8000-000000000000';

let service: Service;
let line: UploadLine;
let client: Client;
let folder: string;
let path: string;
beforeAll(async () => {
  line = await startUploadLine(() => service.embedded.s3Endpoint);
  service = await startService({ endpoints: () => ({ s3Endpoint: line.url }) });
  client = createClient({ baseUrl: service.url });
  folder = await mkdtemp(join(tmpdir(), 'upload-source-'));
  path = join(folder, 'large.bin');
  await writeFile(path, BYTES);
});
beforeEach(() => line.watch());
afterAll(async () => {
  await service.close();
  await line.close();
  await rm(folder, { recursive: true });
});

const contentOf = async (fileId: string) =>
  Buffer.from(await (await fetch(`${service.url}/files/${fileId}/content`)).arrayBuffer());
const partsSent = () => line.passed.flatMap(({ part }) => part ?? []).sort();
const failureOf = async (source: UploadSource, resume: string) =>
  await uploadFile(client, source, { resume }).catch((error: unknown) => error);

/** Uploads until part 4 is on its way, which never arrives, and stops there. */
async function leaveHalf(): Promise<string> {
  const leaving = new AbortController();
  let fileId = '';
  line.watch(({ part }) => {
    if (part !== 4) return undefined;
    leaving.abort();
    return { instead: hang };
  });
  const left = uploadFile(client, path, {
    concurrency: 1,
    signal: leaving.signal,
    onOpen: ({ file_id }) => (fileId = file_id),
  });
  await expect(left).rejects.toMatchObject({ name: 'AbortError' });
  expect(partsSent()).toEqual([1, 2, 3, 4]);
  line.watch();
  return fileId;
}

test.each<[string, () => UploadSource]>([
  ['the path of the file', () => path],
  ['the file as a Blob', () => new Blob([BYTES])],
  ['a new stream of it', () => ({ stream: createReadStream(path), size: BYTES.length })],
])('goes on where it was left, with its id and %s alone', async (_, source) => {
  const resume = await leaveHalf();
  const device = createClient({ baseUrl: service.url });
  const progress: number[] = [];
  const { file_id, checksum } = await uploadFile(device, source(), {
    resume,
    onProgress: ({ sent }) => progress.push(sent),
  });
  expect(partsSent()).toEqual([4, 5]);
  expect(file_id).toBe(resume);
  expect(checksum?.value).toBe(await checksumOf('CRC64NVME', BYTES));
  expect(progress.find((sent) => sent > 0)).toBeGreaterThanOrEqual(8 * 1024 ** 2);
  expect(progress.at(-1)).toBe(BYTES.length);
  expect((await contentOf(file_id)).equals(BYTES)).toBe(true);
});

test('goes on without the checksum, and reads only what is missing', async () => {
  const resume = await leaveHalf();
  const read: number[] = [];
  const blob = new Blob([BYTES]);
  const slice = blob.slice.bind(blob);
  blob.slice = (start, end) => {
    read.push(start ?? 0);
    return slice(start, end);
  };
  await uploadFile(client, blob, { resume, checksum: false });
  expect(Math.min(...read)).toBe(3 * 8 * 1024 ** 2);
  expect((await contentOf(resume)).equals(BYTES)).toBe(true);
});

test('answers with the file where the upload is finished, and sends nothing', async () => {
  const { file_id } = await uploadFile(client, path);
  line.watch();
  const again = await uploadFile(client, path, { resume: file_id });
  expect(again).toMatchObject({ file_id, file_size: BYTES.length });
  expect(partsSent()).toEqual([]);
});

test('does not go on with another file, finished or not', async () => {
  const other = Buffer.from(BYTES);
  other[0]! ^= 1;
  const mismatch = { name: 'UploadError', code: 'CHECKSUM_MISMATCH', status: 400 };
  const resume = await leaveHalf();
  expect(await failureOf(new Blob([other]), resume)).toMatchObject(mismatch);
  expect((await service.stores.metadata.get(resume))?.validation_status).toBe('PENDING');

  const { file_id } = await uploadFile(client, path);
  expect(await failureOf(new Blob([other]), file_id)).toMatchObject(mismatch);
  const longer = new Blob([BYTES, 'x']);
  expect(await failureOf(longer, file_id)).toMatchObject({ code: 'SOURCE_CHANGED' });
});

test('does not go on with an upload that was aborted, or never was', async () => {
  const resume = await leaveHalf();
  await fetch(`${service.url}/uploads/${resume}`, { method: 'DELETE' });
  const notFound = { code: 'UPLOAD_NOT_FOUND', status: 404 };
  expect(await failureOf(path, resume)).toMatchObject(notFound);
  expect(await failureOf(path, UNKNOWN)).toMatchObject(notFound);
});

test('is done where two go on with it at once', async () => {
  const resume = await leaveHalf();
  const both = [uploadFile(client, path, { resume }), uploadFile(client, path, { resume })];
  for (const { file_id } of await Promise.all(both)) expect(file_id).toBe(resume);
  expect((await contentOf(resume)).equals(BYTES)).toBe(true);
});

describe('aborting', () => {
  test('before it starts sends nothing', async () => {
    const signal = AbortSignal.abort();
    const aborted = uploadFile(client, path, { signal });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    expect(line.passed).toEqual([]);
  });

  test('rejects with the reason that it is given', async () => {
    const reason = new Error('The tab is closed.');
    const leaving = new AbortController();
    const onOpen = () => leaving.abort(reason);
    const aborted = uploadFile(client, path, { signal: leaving.signal, onOpen });
    await expect(aborted).rejects.toBe(reason);
  });

  test.each([BYTES.length, 1000])(
    'does not wait for a stream of %i bytes that gives none',
    async (size) => {
      const stream = new ReadableStream<Uint8Array>({
        pull: () => void setTimeout(() => leaving.abort(), 100),
      });
      const leaving = new AbortController();
      const options = { fileName: 'a', signal: leaving.signal };
      const aborted = uploadFile(client, { stream, size }, options);
      await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    },
  );

  test('begins to read nothing, which could fail with nobody to hear of it', async () => {
    const leaving = new AbortController();
    const unheard = jest.fn();
    process.on('unhandledRejection', unheard);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        leaving.signal.addEventListener('abort', () => controller.error(new Error('Broken.')));
      },
    });
    const aborted = uploadFile(
      client,
      { stream, size: BYTES.length },
      { fileName: 'a', signal: leaving.signal, onOpen: () => leaving.abort() },
    );
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    await new Promise((resolve) => setTimeout(resolve));
    process.off('unhandledRejection', unheard);
    expect(unheard).not.toHaveBeenCalled();
  });
});
