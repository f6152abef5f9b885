import { FILES, bytes, type FileKind } from '../test/samples.ts';
import { detectType } from './detect-type.ts';

const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

const DETECTED: [FileKind, string | undefined][] = [
  ['png', 'image/png'],
  ['apng', 'image/apng'],
  ['jpeg', 'image/jpeg'],
  ['svg', 'image/svg+xml'],
  ['avifAsHeif', 'image/avif'],
  ['heicOfManyPictures', 'image/heif'],
  ['docx', WORD],
  ['odt', 'application/vnd.oasis.opendocument.text'],
  ['oggOpus', 'audio/ogg'],
  ['mpeg', 'video/mp2p'],
  ['tar', 'application/x-tar'],
  ['mobi', 'application/x-mobipocket-ebook'],
  ['html', 'text/html'],
  ['csv', undefined],
  ['eicar', undefined],
];
test.each(DETECTED)('finds that %s is %s', async (kind, type) => {
  expect((await detectType(FILES[kind]))?.type).toBe(type);
});

test.each([
  'BMW builds cars.',
  'MZ is a signature.',
  'GIF is a format.',
  'The free world.',
  'PAR1S is misspelt.',
  'FORMAL letters.',
  'ID3 tags hold titles.',
  'solid state physics',
  'BZh is Bzip2.',
  'Go'.padEnd(188, '.') + 'G',
  '\xc7q is a character of GBK.',
])('takes the text "%.20s" for a text and not for what its first letters mean', async (text) => {
  expect(await detectType(bytes(text))).toBeUndefined();
});

test('takes markup for markup where it is written to look like a video', async () => {
  const content = bytes('<!--ftypisom--><script>alert(1)</script>');
  expect((await detectType(content))?.type).toBe('text/html');
});

test.each([
  ['nothing', ''],
  ['one byte', '\0'],
  ['a broken ID3 tag', 'ID3\x04\0\0\x7f\x7f\x7f\x7f'],
  ['the start of a box', '\0\0\0\x20ftypmif1'],
  ['a brand without a box', '\0\0\0\0ftypmif1'],
  ['half of a ZIP header', 'PK\x03\x04\x14\0'],
  ['a broken GZIP', '\x1f\x8b\x08\xff\xff\xff'],
  ['a TIFF whose directory is nowhere', 'II*\0\xff\xff\xff\xff'],
  ['half of a PNG signature', '\x89PNG'],
])('does not throw for %s', async (_, text) => {
  await detectType(bytes(text));
});
