import type { FileMetadata } from '@file-upload/api-client';
import { Uppy } from '@uppy/core';
import { fileOf } from '../../test/file-metadata.ts';
import { MemoryStorage } from '../../test/memory-storage.ts';
import { RememberedUploads } from './remembered-uploads.ts';
import { Uploader, type Body, type PageMeta, type SendOptions } from './uploader.ts';

const LATER = '2999-01-01T00:00:00.000Z';

/** One call of `send`, which the test lets end as it likes. */
interface Sending extends SendOptions {
  source: Blob;
  succeed: (metadata?: FileMetadata) => void;
  fail: (error: unknown) => void;
}

let sendings: Sending[];
let aborted: string[];
let remembered: RememberedUploads;
let uppy: Uppy<PageMeta, Body>;

function send(source: Blob, options: SendOptions): Promise<FileMetadata> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    const succeed = (metadata = fileOf(options.fileName)) => resolve(metadata);
    sendings.push({ ...options, source, succeed, fail: reject });
  });
}

/** What a tab of the browser has of its own. */
function openPage(): Uppy<PageMeta, Body> {
  const logger = { debug: () => {}, warn: () => {}, error: () => {} };
  return new Uppy<PageMeta, Body>({ logger, infoTimeout: 0 }).use(Uploader, {
    send,
    abort: async (fileId) => void aborted.push(fileId),
    remembered,
  });
}

beforeEach(() => {
  sendings = [];
  aborted = [];
  const storage = new MemoryStorage();
  remembered = new RememberedUploads(() => storage);
  uppy = openPage();
});
afterEach(() => uppy.destroy());

const addFile = (name = 'a.txt', bytes = 'hello') =>
  uppy.addFile(new File([bytes], name, { type: 'text/plain', lastModified: 1 }));
/** Lets everything happen that is not waiting for the test. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 10));
const refusal = (code: string, status: number) =>
  Object.assign(new Error(`${code}.`), { code, status });

test('sends a file with its name and type, and tells how far it is', async () => {
  const id = addFile();
  const uploading = uppy.upload();
  await settle();
  const [sending] = sendings;
  expect(sending).toMatchObject({ fileName: 'a.txt', contentType: 'text/plain' });
  expect(await sending!.source.text()).toBe('hello');
  expect(sending).not.toHaveProperty('resume');

  sending!.onProgress({ sent: 2, total: 5 });
  expect(uppy.getFile(id).progress).toMatchObject({ bytesUploaded: 2, percentage: 40 });
  const metadata = fileOf('stored');
  sending!.succeed(metadata);
  const result = await uploading;
  expect(result?.successful?.map(({ response }) => response?.body)).toEqual([metadata]);
  expect(uppy.getFile(id).progress).toMatchObject({ uploadComplete: true, percentage: 100 });
});

test('stops what is paused, and resumes the same upload', async () => {
  const id = addFile();
  const uploading = uppy.upload();
  await settle();
  sendings[0]!.onOpen({ file_id: 'upload-1', expires_at: LATER });
  uppy.pauseResume(id);
  await settle();
  expect(sendings[0]!.signal.aborted).toBe(true);
  expect(sendings).toHaveLength(1);
  uppy.pauseResume(id);
  await settle();
  expect(sendings[1]).toMatchObject({ resume: 'upload-1' });
  sendings[1]!.succeed();
  expect((await uploading)?.successful).toHaveLength(1);
  expect(aborted).toEqual([]);
});

test('pauses and resumes all files at once', async () => {
  addFile('a.txt');
  addFile('b.txt');
  const uploading = uppy.upload();
  await settle();
  uppy.pauseAll();
  await settle();
  expect(sendings.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  uppy.resumeAll();
  await settle();
  for (const { succeed } of sendings.slice(2)) succeed();
  expect((await uploading)?.successful).toHaveLength(2);
  expect(sendings).toHaveLength(4);
});

test('sends three files at once, and others while these are paused', async () => {
  const ids = ['a', 'b', 'c', 'd', 'e'].map((name) => addFile(name));
  const uploading = uppy.upload();
  await settle();
  expect(sendings.map(({ fileName }) => fileName)).toEqual(['a', 'b', 'c']);
  uppy.pauseResume(ids[0]!);
  await settle();
  expect(sendings.map(({ fileName }) => fileName)).toEqual(['a', 'b', 'c', 'd']);
  uppy.pauseResume(ids[0]!);
  for (let next = 1; next < 6; next += 1) {
    sendings[next]!.succeed();
    await settle();
  }
  expect((await uploading)?.successful).toHaveLength(5);
});

test('goes on with the upload of a file that is chosen again', async () => {
  addFile();
  void uppy.upload();
  await settle();
  sendings[0]!.onOpen({ file_id: 'upload-1', expires_at: LATER });
  uppy = openPage();
  addFile();
  void uppy.upload();
  await settle();
  expect(sendings[1]).toMatchObject({ resume: 'upload-1' });
});

test.each(['UPLOAD_NOT_FOUND', 'SOURCE_CHANGED', 'CHECKSUM_MISMATCH', 'CHECKSUM_NOT_SUPPORTED'])(
  'sends the file anew, and aborts its upload, where that answers %s',
  async (code) => {
    remembered.set(addFile(), 'upload-1', LATER);
    const uploading = uppy.upload();
    await settle();
    sendings[0]!.fail(refusal(code, 400));
    await settle();
    expect(aborted).toEqual(['upload-1']);
    expect(sendings[1]).not.toHaveProperty('resume');
    sendings[1]!.succeed();
    expect((await uploading)?.successful).toHaveLength(1);
  },
);

test.each([
  ['CONFLICT', 409],
  ['INVALID_PART', 400],
  ['STORE_REFUSED', 403],
])('resumes the upload after %s', async (code, status) => {
  const id = addFile();
  remembered.set(id, 'upload-1', LATER);
  void uppy.upload();
  await settle();
  sendings[0]!.fail(refusal(code, status));
  await settle();
  expect(uppy.getFile(id).error).toBe(`${code}.`);
  void uppy.retryUpload(id);
  await settle();
  expect(sendings[1]).toMatchObject({ resume: 'upload-1' });
  expect(aborted).toEqual([]);
});

test('resumes after a fault, and begins anew after a refusal', async () => {
  const id = addFile();
  void uppy.upload();
  await settle();
  sendings[0]!.onOpen({ file_id: 'upload-1', expires_at: LATER });
  sendings[0]!.fail(refusal('STORE_UNAVAILABLE', 503));
  await settle();
  expect(uppy.getFile(id).error).toBe('STORE_UNAVAILABLE.');
  void uppy.retryUpload(id);
  await settle();
  expect(sendings[1]).toMatchObject({ resume: 'upload-1' });
  sendings[1]!.fail(new TypeError('no answer'));
  await settle();
  const retrying = uppy.retryAll();
  await settle();
  expect(sendings[2]).toMatchObject({ resume: 'upload-1' });
  sendings[2]!.fail(refusal('CHECKSUM_MISMATCH', 400));
  await settle();
  expect(sendings[3]).not.toHaveProperty('resume');
  sendings[3]!.succeed();
  expect((await retrying)?.successful).toHaveLength(1);
});

test('begins anew where what was sent at first is refused', async () => {
  const id = addFile();
  void uppy.upload();
  await settle();
  sendings[0]!.onOpen({ file_id: 'upload-1', expires_at: LATER });
  sendings[0]!.fail(refusal('CHECKSUM_MISMATCH', 400));
  await settle();
  expect(aborted).toEqual(['upload-1']);
  void uppy.retryUpload(id);
  await settle();
  expect(sendings[1]).not.toHaveProperty('resume');
});

test('removes from the service what is removed from the page', async () => {
  const id = addFile();
  const uploading = uppy.upload();
  await settle();
  sendings[0]!.onOpen({ file_id: 'upload-1', expires_at: LATER });
  uppy.removeFile(id);
  await settle();
  expect(sendings[0]!.signal.aborted).toBe(true);
  expect(aborted).toEqual(['upload-1']);
  expect(remembered.get(id)).toBeUndefined();
  await uploading;
});

test('removes what is cancelled, waits in the queue or is paused, and leaves alone what is stored', async () => {
  const ids = ['a', 'b', 'c', 'd'].map((name) => addFile(name));
  const uploading = uppy.upload();
  await settle();
  for (const { fileName, onOpen } of sendings)
    onOpen({ file_id: `upload-${fileName}`, expires_at: LATER });
  sendings[0]!.succeed();
  uppy.pauseResume(ids[1]!);
  await settle();
  uppy.cancelAll();
  await uploading;
  expect(aborted.sort()).toEqual(['upload-b', 'upload-c']);
  expect(sendings.slice(1).map(({ signal }) => signal.aborted)).toEqual([true, true, true]);
});

test('sends a file once, though a restored session starts all its uploads again', async () => {
  addFile();
  const uploading = uppy.upload();
  await settle();
  const [uploadId] = Object.keys(uppy.getState().currentUploads);
  const restored = uppy.restore(uploadId!);
  await settle();
  expect(sendings).toHaveLength(1);
  sendings[0]!.succeed();
  await Promise.all([uploading, restored]);
});

test('takes what was there when it resumed for no speed', async () => {
  const uploader = uppy.getPlugin('Uploader') as Uploader;
  addFile();
  void uppy.upload();
  await settle();
  for (const sent of [0, 2, 4]) sendings[0]!.onProgress({ sent, total: 5 });
  await settle();
  sendings[0]!.onProgress({ sent: 4.1, total: 5 });
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(uploader.throughput.rate).toBe(0);
  sendings[0]!.onProgress({ sent: 5, total: 5 });
  expect(uploader.throughput.rate).toBeLessThan(2);
  expect(uploader.throughput.rate).toBeGreaterThan(0);
});
