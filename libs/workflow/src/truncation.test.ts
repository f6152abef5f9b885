import { sourceOf, sparseSource, type ByteSource } from '../test/byte-source.ts';
import { FILES, PNG_SIGNATURE, PNG_START, bytes, png, pngChunk } from '../test/samples.ts';
import { examineContent } from './content.ts';

const GIB = 1024 ** 3;
const codeOf = async (source: ByteSource, declared = 'image/png') =>
  (await examineContent(source, declared)).problem?.code;

/** The start of a chunk that says that it has `length` bytes. */
function chunkStart(length: number, type = 'IDAT'): Buffer {
  const start = Buffer.alloc(8);
  start.writeUInt32BE(length);
  start.write(type, 4, 'latin1');
  return start;
}

describe('a PNG', () => {
  test('is whole with its last chunk, and cut off anywhere before its end', async () => {
    const whole = png();
    expect(await codeOf(sourceOf(whole))).toBeUndefined();
    for (let size = PNG_SIGNATURE.byteLength; size < whole.byteLength; size++) {
      const code = await codeOf(sourceOf(whole.subarray(0, size)));
      expect([size, code]).toEqual([size, 'CONTENT_TRUNCATED']);
    }
  });

  test('is cut off whatever it was declared as, if that is a name of PNG or says nothing', async () => {
    const cut = sourceOf(png().subarray(0, -1));
    expect(await codeOf(cut, 'image/x-png')).toBe('CONTENT_TRUNCATED');
    expect(await codeOf(cut, 'application/octet-stream')).toBe('CONTENT_TRUNCATED');
    expect(await codeOf(cut, 'image/vnd.acme')).toBeUndefined();
    expect(await codeOf(cut, 'image/jpeg')).toBe('CONTENT_TYPE_MISMATCH');
  });

  test('says what to do', async () => {
    const { problem } = await examineContent(sourceOf(png().subarray(0, -1)), 'image/png');
    expect(problem?.message).toBe(
      'The picture is cut off: the file ends before the image/png in it does. Upload the whole file again.',
    );
  });

  test.each([1, 1000, 70_000, 300_000])('may have %d bytes after its end', async (size) => {
    const content = Buffer.concat([png(), Buffer.alloc(size, 7)]);
    expect(await codeOf(sourceOf(content))).toBeUndefined();
  });

  test('may be damaged in a way that says nothing of its end', async () => {
    const content = Buffer.concat([PNG_START, chunkStart(3, '\0\0\0\0'), Buffer.alloc(100)]);
    expect(await codeOf(sourceOf(content))).toBeUndefined();
  });

  test('of 50 GB is known to be whole by its end', async () => {
    const size = 50 * GIB;
    const source = sparseSource(size, {
      0: PNG_START,
      [size - 12]: pngChunk('IEND'),
    });
    expect(await codeOf(source)).toBeUndefined();
    expect(source.bytesRead).toBe(320 * 1024);
  });

  test('of 6 GB is known to be cut off by the lengths of its chunks', async () => {
    const parts: Record<number, Buffer> = { 0: PNG_START };
    let at = PNG_START.byteLength;
    for (let chunk = 0; chunk < 4; chunk++, at += 12 + 2 ** 31 - 1)
      parts[at] = chunkStart(2 ** 31 - 1);
    const source = sparseSource(6 * GIB, parts);
    expect(await codeOf(source)).toBe('CONTENT_TRUNCATED');
    expect(source.reads).toBeLessThan(8);
  });

  test('of 6 GB with 3 GB after its end is known to be whole', async () => {
    const end = PNG_START.byteLength + 12 + 2 ** 31 - 1;
    const source = sparseSource(6 * GIB, {
      0: Buffer.concat([PNG_START, chunkStart(2 ** 31 - 1)]),
      [end]: pngChunk('IEND'),
    });
    expect(await codeOf(source)).toBeUndefined();
  });

  test('with a length that is a lie is cut off', async () => {
    const content = Buffer.concat([PNG_START, chunkStart(2 ** 32 - 1), Buffer.alloc(100)]);
    expect(await codeOf(sourceOf(content))).toBe('CONTENT_TRUNCATED');
  });

  test('whose last chunk says that it has data that are not there is cut off', async () => {
    const content = Buffer.concat([PNG_START, chunkStart(100, 'IEND'), Buffer.alloc(50)]);
    expect(await codeOf(sourceOf(content))).toBe('CONTENT_TRUNCATED');
  });

  test('of more chunks than fit into the windows is not claimed to be cut off', async () => {
    const chunks = Buffer.alloc(20 * 1024 ** 2, pngChunk('tEXt'));
    const source = sourceOf(Buffer.concat([PNG_START, chunks]));
    expect(await codeOf(source)).toBeUndefined();
    expect(source.reads).toBe(2 + 64);
    expect(source.bytesRead).toBeLessThan(17 * 1024 ** 2);
  });

  test('whose source gives less than was asked for is not claimed to be cut off', async () => {
    const size = GIB;
    const source = {
      size,
      read: async (first: number) =>
        first === 0 ? Buffer.concat([PNG_START, chunkStart(1_000_000)]) : Buffer.alloc(0),
    };
    expect(await examineContent(source, 'image/png')).toEqual({ detectedType: 'image/png' });
  });
});

describe('a WebP', () => {
  test('is cut off when its header says more than there is', async () => {
    const cut = FILES.webp.subarray(0, -2);
    expect(await codeOf(sourceOf(FILES.webp), 'image/webp')).toBeUndefined();
    expect(await codeOf(sourceOf(cut), 'image/webp')).toBe('CONTENT_TRUNCATED');
  });

  test('may lack its last byte of padding, and have bytes after its end', async () => {
    const unpadded = FILES.webp.subarray(0, -1);
    expect(await codeOf(sourceOf(unpadded), 'image/webp')).toBeUndefined();
    const longer = Buffer.concat([FILES.webp, bytes('more')]);
    expect(await codeOf(sourceOf(longer), 'image/webp')).toBeUndefined();
  });
});

test.each(['jpeg', 'gif', 'pdf', 'zip', 'mp4'] as const)(
  'nothing is claimed of the end of %s',
  async (kind) => {
    const source = sourceOf(FILES[kind].subarray(0, -2));
    expect(await codeOf(source, 'application/octet-stream')).toBeUndefined();
  },
);
