import { sourceOf, sparseSource } from '../test/byte-source.ts';
import { FILES, bytes, pngChunk, tiff, zip, type FileKind } from '../test/samples.ts';
import { examineContent } from './content.ts';

const examine = (content: Uint8Array, declared: string) =>
  examineContent(sourceOf(content), declared);

const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

const PICTURE_TYPES = `image/png image/jpeg image/gif image/webp image/bmp image/tiff image/avif
  image/heic image/heif image/x-icon image/jxl image/jp2 image/svg+xml`.split(/\s+/);

describe('a PDF', () => {
  const late = (offset: number) => Buffer.concat([Buffer.alloc(offset, 0xfa), FILES.pdf]);

  test('may start within the first 1,024 bytes', async () => {
    expect(await examine(late(1019), 'application/pdf')).toEqual({
      detectedType: 'application/pdf',
    });
  });

  test('does not start later', async () => {
    const { problem } = await examine(late(1020), 'application/pdf');
    expect(problem?.code).toBe('CONTENT_TYPE_MISMATCH');
  });

  test('is not what a text is that writes about it', async () => {
    expect(await examine(bytes('A PDF starts with %PDF-1.7'), 'text/plain')).toEqual({});
  });
});

describe('an empty file', () => {
  const empty = Buffer.alloc(0);

  test.each(['text/plain', 'video/mp4', 'application/zip', 'application/json', 'font/ttf'])(
    'may be %s',
    async (declared) => expect(await examine(empty, declared)).toEqual({}),
  );

  test.each([...PICTURE_TYPES, 'application/pdf'])('is not %s', async (declared) => {
    expect(await examine(empty, declared)).toEqual({
      problem: {
        code: 'CONTENT_TYPE_MISMATCH',
        message: `The file is empty, and a file of type ${declared} never is. Upload it with its content.`,
      },
    });
  });

  test('is not read', async () => {
    const source = sourceOf(empty);
    await examineContent(source, 'image/png');
    expect(source.reads).toBe(0);
  });
});

describe('the message', () => {
  test('says what was declared, what was found and what to do', async () => {
    const { problem } = await examine(FILES.png, 'application/pdf; x=y');
    expect(problem?.message).toBe(
      'The file was declared as application/pdf, but its bytes are image/png. Upload it with the type that it has.',
    );
  });

  test('names a script, which has no type', async () => {
    const found = await examine(FILES.script, 'image/png');
    expect(found).not.toHaveProperty('detectedType');
    expect(found.problem?.message).toContain('but its bytes are a script.');
  });

  test('does not name what it does not know', async () => {
    const { problem } = await examine(FILES.unknown, 'image/png');
    expect(problem?.message).toContain('but its bytes are not of that type.');
  });
});

describe('a large file', () => {
  const SIZE = 50 * 1000 ** 3;

  test.each(Object.keys(FILES) as FileKind[])('of kind %s is read a little', async (kind) => {
    const source = sparseSource(SIZE, { 0: FILES[kind] });
    await examineContent(source, 'application/octet-stream');
    const isPng = kind === 'png' || kind === 'apng';
    expect(source.reads).toBeLessThanOrEqual(isPng ? 2 : 1);
    expect(source.bytesRead).toBeLessThanOrEqual((isPng ? 320 : 256) * 1024);
  });

  test('may keep the directory of a TIFF where it is not read', async () => {
    expect(await examine(tiff(300_000), 'image/tiff')).toEqual({ detectedType: 'image/tiff' });
  });

  test('may keep the entry of a ZIP that says what it is where it is not read', async () => {
    const content = { 'word/media/video.mp4': 'x'.repeat(300_000) };
    const found = await examine(zip(content), WORD);
    expect(found).not.toHaveProperty('problem');
  });

  test('may have a chunk before the pixels of a PNG that ends where it is not read', async () => {
    const start = FILES.png.subarray(0, 33);
    const rest = FILES.png.subarray(33);
    const content = Buffer.concat([start, pngChunk('iCCP', Buffer.alloc(300_000)), rest]);
    expect(await examine(content, 'image/png')).toEqual({ detectedType: 'image/png' });
  });
});

test('passes on a fault of the source', async () => {
  const fault = new Error('The store is away.');
  const source = { size: 10, read: () => Promise.reject(fault) };
  await expect(examineContent(source, 'image/png')).rejects.toBe(fault);
});
