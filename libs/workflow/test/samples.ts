import { crc32, deflateSync, gzipSync } from 'node:zlib';

/** Bytes of Latin-1 text. */
export const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const uint32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
};
const uint32LittleEndian = (value: number): Buffer => uint32(value).reverse();
const padded = (start: Buffer, size: number): Buffer =>
  Buffer.concat([start, Buffer.alloc(Math.max(0, size - start.byteLength))]);
/** `content` where a format looks for it, after a start that is free. */
const at = (offset: number, content: Buffer, start: Buffer = Buffer.alloc(0)): Buffer =>
  padded(Buffer.concat([padded(start, offset), content]), 600);

export const PNG_SIGNATURE = hex('89504e47 0d0a1a0a');

export function pngChunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([bytes(type), data]);
  return Buffer.concat([uint32(data.byteLength), body, uint32(crc32(body))]);
}

/** The header of a PNG of 3 by 2 pixels. */
export const PNG_START = Buffer.concat([
  PNG_SIGNATURE,
  pngChunk('IHDR', Buffer.concat([uint32(3), uint32(2), hex('08 02 00 00 00')])),
]);

/** A PNG of 3 by 2 pixels, with `chunks` before its pixels. */
export function png(...chunks: Buffer[]): Buffer {
  const pixels = pngChunk('IDAT', deflateSync(Buffer.alloc(2 * (1 + 3 * 3))));
  return Buffer.concat([PNG_START, ...chunks, pixels, pngChunk('IEND')]);
}

/** A ZIP archive of files that are stored as they are. */
export function zip(files: Record<string, string>): Buffer {
  const records: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const size = uint32LittleEndian(content.length);
    const entry = Buffer.concat([
      hex('1400 0000 0000 0000 2100'),
      uint32LittleEndian(crc32(content)),
      size,
      size,
      uint32LittleEndian(name.length),
    ]);
    const record = Buffer.concat([bytes('PK\x03\x04'), entry, bytes(name), bytes(content)]);
    directory.push(bytes('PK\x01\x02'), hex('1400'), entry, Buffer.alloc(10));
    directory.push(uint32LittleEndian(offset), bytes(name));
    records.push(record);
    offset += record.byteLength;
  }
  const index = Buffer.concat(directory);
  const count = hex(`0${records.length}00`);
  const end = [index.byteLength, offset].map(uint32LittleEndian);
  return Buffer.concat([
    ...records,
    index,
    bytes('PK\x05\x06'),
    hex('00000000'),
    count,
    count,
    ...end,
    hex('0000'),
  ]);
}

function riff(kind: string, content: Buffer): Buffer {
  const body = Buffer.concat([bytes(kind), content]);
  return Buffer.concat([bytes('RIFF'), uint32LittleEndian(body.byteLength), body]);
}

/** The first box of an MP4 and its kin. */
export function isoMedia(majorBrand: string, ...compatible: string[]): Buffer {
  const brands = bytes([majorBrand, '\0\0\0\0', ...compatible].join(''));
  const box = Buffer.concat([uint32(8 + brands.byteLength), bytes('ftyp'), brands]);
  return Buffer.concat([box, uint32(16), bytes('mdat'), Buffer.alloc(8)]);
}

const ogg = (codec: string): Buffer =>
  padded(Buffer.concat([padded(bytes('OggS'), 28), bytes(codec)]), 100);
const ebml = (documentType: string): Buffer =>
  Buffer.concat([
    hex('1a45dfa3'),
    Buffer.from([0x83 + documentType.length, 0x42, 0x82, 0x80 + documentType.length]),
    bytes(documentType),
    Buffer.alloc(20),
  ]);
const contentTypes = (part: string) => ({
  '[Content_Types].xml': `<Types><Override PartName="/x" ContentType="application/vnd.openxmlformats-officedocument.${part}.main+xml"/></Types>`,
});
const OPEN_DOCUMENT = 'application/vnd.oasis.opendocument';

/** A TIFF with its directory after its pixels, as libtiff writes it. */
export function tiff(directoryAt: number): Buffer {
  return padded(
    Buffer.concat([
      padded(Buffer.concat([bytes('II*\0'), uint32LittleEndian(directoryAt)]), directoryAt),
      hex('0100 0001 0400 01000000 03000000 00000000'),
    ]),
    directoryAt + 18,
  );
}

/** Whole, if tiny, files that are what they are called. */
export const FILES = {
  png: png(),
  apng: png(pngChunk('acTL', Buffer.alloc(8))),
  jpeg: Buffer.concat([
    hex('ffd8 ffe0 0010 4a46494600 0101 0000 0001 0001 0000'),
    hex('ffc0 0011 08 0002 0003 03 011100 021101 031101'),
    hex('ffda 000c 03 0100 0211 0311 003f00 00 ffd9'),
  ]),
  gif: Buffer.concat([
    bytes('GIF89a'),
    hex('0300 0200 800000 000000 ffffff 2c0000000003000200000202844f00 3b'),
  ]),
  webp: riff(
    'WEBP',
    Buffer.concat([bytes('VP8L'), uint32LittleEndian(10), hex('2f 02400000 0007 1011 00')]),
  ),
  bmp: padded(Buffer.concat([bytes('BM'), uint32LittleEndian(70)]), 70),
  tiff: tiff(8),
  ico: padded(hex('0000 0100 0100 1010'), 100),
  avif: isoMedia('avif', 'mif1', 'miaf'),
  avifAsHeif: isoMedia('mif1', 'avif', 'miaf'),
  heic: isoMedia('heic', 'mif1', 'heic'),
  heicAsHeif: isoMedia('mif1', 'heic'),
  heicOfManyPictures: isoMedia('heis', 'mif1'),
  jxl: padded(hex('ff0a'), 40),
  jp2: Buffer.concat([
    hex('0000000c 6a502020 0d0a870a 00000014 66747970'),
    bytes('jp2 '),
    Buffer.alloc(8),
  ]),
  psd: padded(bytes('8BPS\0\x01'), 60),
  svg: bytes('<svg xmlns="http://www.w3.org/2000/svg"/>'),
  svgz: gzipSync('<svg xmlns="http://www.w3.org/2000/svg"/>'),
  pdf: bytes('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n'),
  postscript: bytes('%!PS-Adobe-3.0\n%%EOF\n'),
  rtf: bytes('{\\rtf1\\ansi Hello}'),
  ole: padded(hex('d0cf11e0a1b11ae1'), 512),
  zip: zip({ 'a.txt': 'a' }),
  emptyZip: Buffer.concat([bytes('PK\x05\x06'), Buffer.alloc(18)]),
  docx: zip(contentTypes('wordprocessingml.document')),
  xlsx: zip(contentTypes('spreadsheetml.sheet')),
  odt: zip({ mimetype: `${OPEN_DOCUMENT}.text` }),
  epub: zip({ mimetype: 'application/epub+zip' }),
  jar: zip({ 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\r\n' }),
  apk: zip({ 'classes.dex': 'dex' }),
  gzip: gzipSync('hello'),
  tar: at(257, bytes('ustar\x0000'), bytes('BMW.txt')),
  sevenZip: padded(hex('377abcaf271c 0004'), 40),
  rar: padded(hex('526172211a070100'), 40),
  xz: padded(hex('fd377a585a00'), 40),
  bzip2: padded(bytes('BZh91AY&SY'), 40),
  zstd: padded(hex('28b52ffd'), 40),
  mp3: padded(hex('fffb9064'), 417),
  mp3WithPicture: Buffer.concat([bytes('ID3\x04\0\0'), hex('00100000'), Buffer.alloc(1000, 0xff)]),
  aac: padded(hex('fff15080'), 100),
  wav: riff('WAVE', padded(bytes('fmt '), 24)),
  avi: riff('AVI ', padded(bytes('LIST'), 24)),
  flac: padded(bytes('fLaC'), 42),
  aiff: padded(bytes('FORM\0\0\0\x2eAIFF'), 54),
  midi: padded(bytes('MThd'), 22),
  oggVorbis: ogg('\x01vorbis'),
  oggOpus: ogg('OpusHead'),
  oggTheora: ogg('\x80theora'),
  mp4: isoMedia('isom', 'avc1'),
  m4a: isoMedia('M4A '),
  mov: isoMedia('qt  '),
  threeGp: isoMedia('3gp5'),
  webm: ebml('webm'),
  matroska: ebml('matroska'),
  asf: padded(hex('3026b2758e66cf11a6d9'), 100),
  mpeg: padded(hex('000001ba 44'), 100),
  transportStream: Buffer.concat([padded(bytes('G'), 188), padded(bytes('G'), 188)]),
  ttf: padded(hex('00010000 00'), 60),
  otf: padded(bytes('OTTO\0'), 60),
  woff2: padded(bytes('wOF2\0\x01\0\0'), 60),
  elf: padded(hex('7f454c46020101'), 64),
  exe: padded(bytes('MZ\x90'), 64),
  machO: padded(hex('cffaedfe'), 64),
  wasm: hex('0061736d01000000'),
  sqlite: padded(bytes('SQLite format 3\0'), 100),
  iso: at(32_769, bytes('CD001'), bytes('MZ')),
  mobi: at(60, bytes('BOOKMOBI'), bytes('GIFts for all')),
  dicom: at(128, bytes('DICM'), bytes('II*\0')),
  html: bytes('<!DOCTYPE html><title>x</title>'),
  xml: bytes('<?xml version="1.0"?><note/>'),
  calendar: bytes('BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n'),
  vcard: bytes('BEGIN:VCARD\r\nEND:VCARD\r\n'),
  subtitles: bytes('WEBVTT\n'),
  script: bytes('#!/bin/sh\nexit 0\n'),
  php: bytes('<?php phpinfo();'),
  csv: bytes('name;age\nAda;36\n'),
  json: bytes('{"a": 1}'),
  /** The test file of antivirus software: https://www.eicar.org/download-anti-malware-testfile/ */
  eicar: bytes('X5O!P%@AP[4\\PZX54(P^)7CC)7}$' + 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'),
  unknown: padded(hex('f1f2f3f4'), 64),
} satisfies Record<string, Buffer>;
export type FileKind = keyof typeof FILES;
