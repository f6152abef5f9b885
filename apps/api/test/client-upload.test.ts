import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { createClient, uploadFile, type Client, type UploadSource } from '@file-upload/api-client';
import { checksumOf } from '@file-upload/storage';
import { build } from 'esbuild';
import { startService, type Service } from './service.ts';
import { startUploadLine, type UploadLine } from './upload-line.ts';

const SMALL = randomBytes(100_000);
/** Goes in four parts. */
const LARGE = randomBytes(3 * 8 * 1024 ** 2 + 12_345);

let service: Service;
let line: UploadLine;
let client: Client;
let folder: string;
beforeAll(async () => {
  line = await startUploadLine(() => service.embedded.s3Endpoint);
  service = await startService({ endpoints: () => ({ s3Endpoint: line.url }) });
  client = createClient({ baseUrl: service.url });
  folder = await mkdtemp(join(tmpdir(), 'upload-source-'));
  await writeFile(join(folder, 'large file.bin'), LARGE);
});
beforeEach(() => line.watch());
afterAll(async () => {
  await service.close();
  await line.close();
  await rm(folder, { recursive: true });
});

const contentOf = async (fileId: string) =>
  Buffer.from(await (await fetch(`${service.url}/files/${fileId}/content`)).arrayBuffer());
const crcOf = async (bytes: Uint8Array) => ({
  algorithm: 'CRC64NVME',
  value: await checksumOf('CRC64NVME', bytes),
});
const partsSent = () => line.passed.flatMap(({ part }) => part ?? []).sort();
const path = () => join(folder, 'large file.bin');

test('sends a small file in one request, with its name, its type and its checksum', async () => {
  const file = new File([SMALL], 'grüße.txt', { type: 'text/plain' });
  const opened: { file_id: string; expires_at: string | null }[] = [];
  const metadata = await uploadFile(client, file, {
    visibility: 'public',
    onOpen: (upload) => opened.push(upload),
  });
  expect(metadata).toMatchObject({
    file_id: opened[0]?.file_id,
    file_name: 'grüße.txt',
    content_type: 'text/plain',
    file_size: SMALL.length,
    checksum: await crcOf(SMALL),
    visibility: 'public',
  });
  expect(Date.parse(opened[0]?.expires_at ?? '')).toBeGreaterThan(Date.now());
  expect((await contentOf(metadata.file_id)).equals(SMALL)).toBe(true);
  const { description } = (await service.stores.objects.head(metadata.s3_key))!;
  expect(description?.declaredChecksum).toEqual(await crcOf(SMALL));
  expect(line.passed.filter(({ method }) => method === 'PUT')).toHaveLength(1);
});

test('sends an empty file', async () => {
  const seen: unknown[] = [];
  const metadata = await uploadFile(client, new File([], 'empty'), {
    onProgress: (progress) => seen.push(progress),
  });
  expect(metadata).toMatchObject({ file_size: 0, checksum: await crcOf(Buffer.of()) });
  expect(seen).toEqual([{ sent: 0, total: 0 }]);
});

async function* inPieces(size: number) {
  for (let at = 0; at < LARGE.length; at += size) yield LARGE.subarray(at, at + size);
}

test.each<[string, () => UploadSource, string | undefined, string]>([
  ['a Blob', () => new Blob([LARGE]), 'a.bin', 'a.bin'],
  ['a path', path, undefined, 'large file.bin'],
  ['a file: URL', () => pathToFileURL(path()), undefined, 'large file.bin'],
  [
    'a stream of Node.js',
    () => ({ stream: createReadStream(path()), size: LARGE.length }),
    'a.bin',
    'a.bin',
  ],
  [
    'a stream of the web',
    () => ({ stream: new Blob([LARGE]).stream(), size: LARGE.length }),
    'a.bin',
    'a.bin',
  ],
  ['pieces of any size', () => ({ stream: inPieces(99_991), size: LARGE.length }), 'a', 'a'],
])('sends %s in parts, each of them once, verified as a whole', async (...given) => {
  const [, source, fileName, name] = given;
  const metadata = await uploadFile(client, source(), { fileName });
  expect(metadata).toMatchObject({ file_name: name, checksum: await crcOf(LARGE) });
  expect((await contentOf(metadata.file_id)).equals(LARGE)).toBe(true);
  expect(partsSent()).toEqual([1, 2, 3, 4]);
});

test('tells its progress, which never goes back and ends at the total', async () => {
  const seen: number[] = [];
  await uploadFile(client, path(), {
    onProgress({ sent, total }) {
      expect(total).toBe(LARGE.length);
      seen.push(sent);
    },
  });
  expect(seen).toEqual(seen.toSorted((one, other) => one - other));
  expect([seen[0], seen.at(-1)]).toEqual([0, LARGE.length]);
  // Within the parts, too.
  expect(seen.length).toBeGreaterThan(20);
});

test.each([1, 2])('sends no more than %i parts at a time', async (concurrency) => {
  let [current, most] = [0, 0];
  line.watch(({ part }) => {
    if (part === undefined) return undefined;
    most = Math.max(most, ++current);
    return {
      afterwards(response, { status, headers, body }) {
        // Long enough for the next parts to be read and sent.
        setTimeout(() => {
          current--;
          response.writeHead(status, headers).end(body);
        }, 200);
      },
    };
  });
  await uploadFile(client, path(), { concurrency });
  expect(most).toBe(concurrency);
});

test('leaves the checksum to the store where it is told to', async () => {
  const small = await uploadFile(client, new File([SMALL], 'a'), { checksum: false });
  const large = await uploadFile(client, path(), { checksum: false });
  expect([small.checksum, large.checksum]).toEqual([await crcOf(SMALL), await crcOf(LARGE)]);
  const { description } = (await service.stores.objects.head(small.s3_key))!;
  expect(description?.declaredChecksum).toBeUndefined();
});

test('sends nothing of what it cannot send', async () => {
  const stream = () => Readable.from([]);
  const refused = async (source: UploadSource, options = {}) =>
    await uploadFile(client, source, options).catch((error: unknown) => error);
  expect(await refused(new Blob(['a']))).toMatchObject({ code: 'INVALID_FILE_NAME' });
  expect(await refused(new File(['a'], '../a'))).toMatchObject({
    name: 'UploadError',
    code: 'INVALID_FILE_NAME',
    status: 400,
  });
  expect(await refused(join(folder, 'none'))).toMatchObject({
    code: 'SOURCE_FAILED',
    cause: { code: 'ENOENT' },
  });
  expect(await refused(folder)).toMatchObject({ code: 'SOURCE_FAILED' });
  for (const size of [NaN, -1, 1.5]) {
    expect(await refused({ stream: stream(), size })).toMatchObject({ code: 'SOURCE_FAILED' });
  }
  for (const concurrency of [0, 1.5, NaN]) {
    expect(await refused(path(), { concurrency })).toBeInstanceOf(RangeError);
  }
  expect(line.passed.filter(({ method }) => method === 'PUT')).toEqual([]);
});

test('says at once that an address is none', async () => {
  const nowhere = createClient({ baseUrl: 'not an address' });
  await expect(uploadFile(nowhere, new File(['a'], 'a'))).rejects.toMatchObject({
    name: 'TypeError',
  });
});

test('can be bundled for browsers, and asks for nothing of Node.js there', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { createClient, uploadFile } from '@file-upload/api-client'",
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  const [bundle] = outputFiles;
  expect(bundle?.text).not.toMatch(/from\s*["']node:|import\(["']node:/);
  expect(bundle?.contents.length).toBeLessThan(60 * 1024);
});
