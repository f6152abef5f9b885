import { sourceOf, sparseSource } from '../test/byte-source.ts';
import { FILES, PNG_SIGNATURE, pngChunk, type FileKind } from '../test/samples.ts';
import { readImageSize } from './image.ts';

test.each(['png', 'apng', 'jpeg', 'gif', 'webp'] as const)('reads the size of %s', async (kind) => {
  expect(await readImageSize(sourceOf(FILES[kind]))).toEqual({ width: 3, height: 2 });
});

test.each(['pdf', 'svg', 'mp4', 'heic', 'avif', 'csv', 'unknown'] satisfies FileKind[])(
  'finds no size in %s',
  async (kind) => {
    expect(await readImageSize(sourceOf(FILES[kind]))).toBeUndefined();
  },
);

test('finds no size in an empty file, and does not read it', async () => {
  const source = sourceOf(Buffer.alloc(0));
  expect(await readImageSize(source)).toBeUndefined();
  expect(source.reads).toBe(0);
});

test('finds no size in a picture without an extent', async () => {
  const content = Buffer.concat([PNG_SIGNATURE, pngChunk('IHDR', Buffer.alloc(13))]);
  expect(await readImageSize(sourceOf(content))).toBeUndefined();
});

test.each(['png', 'jpeg', 'gif', 'webp'] as const)(
  'does not throw wherever %s is cut off',
  async (kind) => {
    for (let size = 0; size < FILES[kind].byteLength; size++) {
      await readImageSize(sourceOf(FILES[kind].subarray(0, size)));
    }
  },
);

test('reads the first 256 KiB of a file of 50 GB', async () => {
  const source = sparseSource(50 * 1000 ** 3, { 0: FILES.jpeg });
  expect(await readImageSize(source)).toEqual({ width: 3, height: 2 });
  expect([source.reads, source.bytesRead]).toEqual([1, 256 * 1024]);
});

test('passes on a fault of the source', async () => {
  const fault = new Error('The store is away.');
  await expect(readImageSize({ size: 10, read: () => Promise.reject(fault) })).rejects.toBe(fault);
});
