import { supportedMimeTypes } from 'file-type';
import { sourceOf } from '../test/byte-source.ts';
import { FILES, type FileKind } from '../test/samples.ts';
import { mayBeDeclared } from './content-type.ts';
import { examineContent } from './content.ts';
import { FAMILIES, OPEN_DOCUMENT, OPEN_XML } from './type-families.ts';

const examine = (content: Uint8Array, declared: string) =>
  examineContent(sourceOf(content), declared);

const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const EXCEL = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** What honest clients declare for each kind of file, by its own name and by others. */
const HONEST: Partial<Record<FileKind, string>> = {
  png: 'image/png image/x-png IMAGE/PNG image/apng image/x-icon image/vnd.microsoft.icon',
  apng: 'image/png image/apng image/vnd.mozilla.apng',
  jpeg: 'image/jpeg image/jpg image/pjpeg image/jls',
  gif: 'image/gif',
  webp: 'image/webp',
  bmp: 'image/bmp image/x-ms-bmp image/x-windows-bmp',
  tiff: 'image/tiff image/tif image/x-adobe-dng image/x-nikon-nef',
  ico: 'image/x-icon image/vnd.microsoft.icon',
  avif: 'image/avif image/heif',
  avifAsHeif: 'image/avif image/heif',
  heic: 'image/heic image/heif',
  heicAsHeif: 'image/heic image/heif image/heic-sequence',
  heicOfManyPictures: 'image/heic image/heif',
  jxl: 'image/jxl',
  jp2: 'image/jp2 image/jpx',
  psd: 'image/vnd.adobe.photoshop image/x-photoshop',
  svg: 'image/svg+xml text/plain application/xml text/xml',
  svgz: 'image/svg+xml application/gzip image/svg+xml-compressed',
  pdf: 'application/pdf application/x-pdf application/postscript application/illustrator',
  postscript: 'application/postscript image/x-eps text/plain application/illustrator',
  rtf: 'application/rtf text/rtf application/msword text/plain',
  ole: `application/msword application/vnd.ms-excel application/vnd.ms-powerpoint
    application/vnd.ms-outlook application/x-msi application/x-msdownload application/vnd.visio
    ${WORD} ${EXCEL}`,
  zip: `application/zip application/x-zip-compressed application/java-archive ${WORD} ${EXCEL}
    application/vnd.oasis.opendocument.text application/epub+zip application/vnd.acme+zip
    application/vnd.ms-excel.sheet.macroEnabled.12 model/vnd.usdz+zip application/x-compressed
    application/vnd.google-earth.kmz application/vnd.apple.pages`,
  emptyZip: 'application/zip application/x-zip-compressed',
  docx: `${WORD} application/zip application/msword
    application/vnd.openxmlformats-officedocument.wordprocessingml.template`,
  xlsx: `${EXCEL} application/vnd.ms-excel application/vnd.ms-excel.sheet.macroEnabled.12`,
  odt: 'application/vnd.oasis.opendocument.text application/zip',
  epub: 'application/epub+zip application/zip',
  jar: 'application/java-archive application/x-java-archive application/zip',
  apk: 'application/vnd.android.package-archive application/java-archive',
  gzip: `application/gzip application/x-gzip application/x-tar application/x-compressed-tar
    application/vnd.oci.image.layer.v1.tar+gzip`,
  tar: 'application/x-tar',
  sevenZip: 'application/x-7z-compressed',
  rar: 'application/vnd.rar application/x-rar-compressed',
  xz: 'application/x-xz application/x-tar',
  bzip2: 'application/x-bzip2 application/x-bzip application/x-apple-diskimage',
  zstd: 'application/zstd application/x-blender',
  mp3: 'audio/mpeg audio/mp3 audio/x-mpeg',
  mp3WithPicture: 'audio/mpeg audio/mp3 audio/flac audio/aac',
  aac: 'audio/aac audio/x-aac audio/mpeg',
  wav: 'audio/wav audio/x-wav audio/wave audio/vnd.wave',
  avi: 'video/x-msvideo video/avi video/vnd.avi',
  flac: 'audio/flac audio/x-flac',
  aiff: 'audio/aiff audio/x-aiff',
  midi: 'audio/midi audio/mid',
  oggVorbis: 'audio/ogg application/ogg video/ogg audio/vorbis',
  oggOpus: 'audio/ogg;codecs=opus audio/opus application/ogg',
  oggTheora: 'video/ogg application/ogg',
  mp4: 'video/mp4 audio/mp4 application/mp4 video/quicktime video/x-m4v video/3gpp',
  m4a: 'audio/mp4 audio/x-m4a audio/m4a audio/aac video/mp4',
  mov: 'video/quicktime video/mp4',
  threeGp: 'video/3gpp audio/3gpp video/mp4',
  webm: 'video/webm audio/webm video/x-matroska',
  matroska: 'video/x-matroska video/matroska audio/x-matroska video/webm',
  asf: 'video/x-ms-wmv audio/x-ms-wma video/x-ms-asf',
  mpeg: 'video/mpeg video/mp2t',
  transportStream: 'video/mp2t video/vnd.dlna.mpeg-tts text/vnd.trolltech.linguist',
  ttf: 'font/ttf font/otf font/sfnt application/x-font-ttf',
  otf: 'font/otf font/ttf application/vnd.ms-opentype',
  woff2: 'font/woff2 application/font-woff2',
  elf: 'application/x-elf application/x-sharedlib application/x-executable',
  exe: 'application/x-msdownload application/vnd.microsoft.portable-executable',
  machO: 'application/x-mach-binary',
  wasm: 'application/wasm',
  sqlite: 'application/vnd.sqlite3 application/x-sqlite3 application/geopackage+sqlite3',
  iso: 'application/x-iso9660-image application/x-cd-image',
  mobi: 'application/x-mobipocket-ebook',
  dicom: 'application/dicom',
  html: 'text/html text/plain application/xhtml+xml text/markdown',
  xml: 'application/xml text/xml application/atom+xml text/plain application/vnd.ms-excel',
  calendar: 'text/calendar text/plain',
  vcard: 'text/vcard text/x-vcard',
  subtitles: 'text/vtt text/plain',
  script: 'text/x-shellscript application/x-sh text/plain text/x-python application/javascript',
  php: 'application/x-httpd-php text/x-php',
  csv: 'text/csv application/csv application/vnd.ms-excel text/plain',
  json: 'application/json text/plain application/ld+json application/manifest+json',
  eicar: 'text/plain application/x-msdos-program',
  unknown: 'text/plain video/mp4 audio/mpeg application/zip font/ttf application/x-tar',
};

const HONEST_CASES = Object.entries(HONEST).flatMap(([kind, types]) =>
  types.split(/\s+/).map((type) => [kind as FileKind, type] as const),
);

test.each(HONEST_CASES)('accepts %s declared as %s', async (kind, declared) => {
  expect(await examine(FILES[kind], declared)).not.toHaveProperty('problem');
});

const SAY_NOTHING = [
  'application/octet-stream',
  'binary/octet-stream',
  'Application/Octet-Stream; charset=binary',
  'application/vnd.acme',
  'image/vnd.acme',
  'x-acme/anything',
  'nonsense',
  '',
];
test.each(SAY_NOTHING)('accepts every kind of bytes declared as "%s"', async (declared) => {
  for (const content of [...Object.values(FILES), Buffer.alloc(0)]) {
    expect(await examine(content, declared)).not.toHaveProperty('problem');
  }
});

const PICTURE_TYPES = `image/png image/jpeg image/gif image/webp image/bmp image/tiff image/avif
  image/heic image/heif image/x-icon image/jxl image/jp2 image/svg+xml`.split(/\s+/);
const NO_PICTURE: FileKind[] = [
  ...(['pdf', 'zip', 'exe', 'elf', 'mp4', 'mp3', 'html', 'xml', 'script', 'php'] as const),
  ...(['csv', 'json', 'eicar', 'unknown', 'calendar'] as const),
];
test.each(PICTURE_TYPES)('takes nothing for %s but such a picture', async (declared) => {
  for (const kind of NO_PICTURE) {
    const { problem } = await examine(FILES[kind], declared);
    expect([kind, problem?.code]).toEqual([kind, 'CONTENT_TYPE_MISMATCH']);
  }
});

const MASQUERADES: [FileKind, string][] = [
  ['png', 'image/jpeg'],
  ['png', 'image/svg+xml'],
  ['png', 'application/pdf'],
  ['jpeg', 'image/png'],
  ['svg', 'image/png'],
  ['avif', 'image/heic'],
  ['heic', 'image/avif'],
  ['mp4', 'image/heic'],
  ['heic', 'video/mp4'],
  ['html', 'application/pdf'],
  ['html', 'video/mp4'],
  ['html', 'audio/mpeg'],
  ['html', 'font/woff2'],
  ['html', 'application/zip'],
  ['html', WORD],
  ['script', 'video/mp4'],
  ['script', 'application/zip'],
  ['php', 'audio/mpeg'],
  ['csv', 'application/pdf'],
  ['postscript', 'application/pdf'],
  ['unknown', 'application/pdf'],
  ['zip', 'application/pdf'],
  ['zip', 'application/msword'],
  ['pdf', WORD],
  ['ole', 'application/zip'],
  ['ole', 'application/vnd.oasis.opendocument.text'],
  ['mp3', 'video/mp4'],
  ['mp3', 'audio/wav'],
  ['webm', 'video/mp4'],
  ['oggVorbis', 'audio/mpeg'],
  ['gzip', 'application/zip'],
  ['exe', 'application/zip'],
  ['exe', 'video/mp4'],
  ['exe', 'text/plain'],
  ['elf', 'audio/mpeg'],
  ['elf', 'application/json'],
  ['machO', 'application/pdf'],
  ['png', 'text/plain'],
  ['png', 'text/html'],
  ['pdf', 'text/csv'],
  ['zip', 'application/javascript'],
  ['docx', 'text/markdown'],
  ['gzip', 'application/geo+json'],
  ['wasm', 'text/javascript'],
  ['ttf', 'font/woff2'],
];
test.each(MASQUERADES)('refuses %s declared as %s', async (kind, declared) => {
  const { problem } = await examine(FILES[kind], declared);
  expect(problem?.code).toBe('CONTENT_TYPE_MISMATCH');
});

/** Types of file-type that are left alone, for their files start in too many ways or nobody has any. */
const LEFT_ALONE = `application/x-apple-diskimage application/x-blender model/stl
  application/x-nintendo-nes-rom application/x-mie image/x-canon-cr2 application/pgp-encrypted
  application/x-esri-shape application/x-ft-apple.alias application/x-asar application/x-ft-fbx
  application/x-ft-draco application/x-spss-sav application/x-ms-regedit
  application/x-ft-windows-registry-hive application/x-jmp-data application/vnd.sketchup.skp`
  .split(/\s+/)
  .concat('text/calendar', 'text/vcard', 'text/vtt', 'application/xml');

test('knows every type that file-type detects, or leaves it alone on purpose', async () => {
  const types = [...supportedMimeTypes].map((type) => type.replace(/;.*/, '').toLowerCase());
  const known = (type: string) =>
    FAMILIES.some((family) => family.declared.has(type)) ||
    mayBeDeclared(OPEN_XML, type) ||
    mayBeDeclared(OPEN_DOCUMENT, type);
  expect(types.filter((type) => !known(type) && !LEFT_ALONE.includes(type))).toEqual([]);
});
