import { detectMarkup } from './markup.ts';

/** What the bytes of a file show. */
export interface Detection {
  /** Media type in lower case, without parameters; a script or strange markup has none. */
  type?: string | undefined;
  /** What to call it in a sentence. */
  name: string;
  /** Whether it is a kind of text, which nothing tells from plain text for sure. */
  isText: boolean;
}

/**
 * The media type that the first bytes of a file show; undefined when they show none. Whatever the
 * bytes are, it does not throw.
 *
 * Markup comes first, for nothing else starts like it, and a comment can be written so that it
 * looks like a video. Then come the formats whose start anybody may fill, then `file-type`, and
 * last what `file-type` does not see in a file that goes on after these bytes.
 *
 * @param head the first 256 KiB of the file, or all of it
 */
export async function detectType(head: Uint8Array): Promise<Detection | undefined> {
  const markup = detectMarkup(head);
  if (markup) return { ...markup, isText: true };

  const type =
    signatureType(head, CERTAIN_SIGNATURES) ??
    (await fileType(head)) ??
    signatureType(head, LAST_SIGNATURES);
  if (type === undefined) return undefined;
  const isText = TEXT_TYPES.test(type);
  // Many signatures are words: "BM", "MZ", "GIF", "solid", "The free".
  if (!isText && type !== 'application/pdf' && isPlainText(head)) return undefined;
  return { type, name: type, isText };
}

/**
 * Whether a PDF starts in the first 1,024 bytes, where its readers look for it.
 *
 * @see PDF Reference 1.7, Appendix H, implementation note 13
 */
export function startsAsPdf(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 1024)).includes('%PDF-');
}

const TEXT_TYPES = /^(text\/.*|application\/(xml|rtf|postscript|eps|pgp-encrypted|x-ms-regedit))$/;

type Signature = readonly [offset: number, bytes: string, type: string];

/** Bytes as characters of Latin-1. */
const CERTAIN_SIGNATURES: readonly Signature[] = [
  // Not left to file-type, which would unpack it to no use.
  [0, '\x1f\x8b\x08', 'application/gzip'],
  // These begin with what their author likes: a name, a title, a boot sector, another format.
  [257, 'ustar', 'application/x-tar'],
  [60, 'BOOKMOBI', 'application/x-mobipocket-ebook'],
  [128, 'DICM', 'application/dicom'],
  [44, 'SCRM', 'audio/x-s3m'],
  [32_769, 'CD001', 'application/x-iso9660-image'],
  // Brands of pictures that file-type takes for video, as it does all that it does not know.
  ...['avio', 'MA1A', 'MA1B'].map((brand): Signature => [4, `ftyp${brand}`, 'image/avif']),
  ...['heim', 'heis', 'hevm', 'hevs', 'mif2', 'miaf', 'MiHB', 'MiHE', 'MiHA', '1pic'].map(
    (brand): Signature => [4, `ftyp${brand}`, 'image/heif'],
  ),
];

/** Formats whose directory or chunks may lie past the bytes that file-type is given. */
const LAST_SIGNATURES: readonly Signature[] = [
  [0, '\x89PNG\r\n\x1a\n', 'image/png'],
  [0, 'II*\0', 'image/tiff'],
  [0, 'MM\0*', 'image/tiff'],
  [0, 'PK\x03\x04', 'application/zip'],
];

function signatureType(head: Uint8Array, signatures: readonly Signature[]): string | undefined {
  return signatures.find(([offset, bytes]) => latin1(head, offset, bytes.length) === bytes)?.[2];
}

async function fileType(head: Uint8Array): Promise<string | undefined> {
  // Imported here so that the Lambda bundle keeps it in a chunk that only this task loads.
  const { fileTypeFromBuffer } = await import('file-type');
  try {
    const found = await fileTypeFromBuffer(head);
    const type = found?.mime.replace(/;.*/, '').toLowerCase();
    return type === 'image/heif' && hasAvifBrand(head) ? 'image/avif' : type;
  } catch {
    // The bytes were made up by whoever uploaded them, and the parser did not expect that.
    return undefined;
  }
}

/**
 * A picture in AV1 may call itself HEIF first and AVIF among the brands that it is compatible with.
 *
 * @see https://aomediacodec.github.io/av1-avif/#brands
 */
function hasAvifBrand(head: Uint8Array): boolean {
  const end = Math.min(Buffer.from(head.subarray(0, 4)).readUInt32BE(), 512);
  const brands: string[] = latin1(head, 16, Math.max(0, end - 16)).match(/.{4}/gs) ?? [];
  return brands.includes('avif') || brands.includes('avis');
}

/**
 * Whether there is none of the bytes that texts do not have. 0xFF starts JPEG and MPEG audio, of
 * which a few first bytes may have none of the others.
 *
 * @see https://mimesniff.spec.whatwg.org/#binary-data-byte
 */
function isPlainText(head: Uint8Array): boolean {
  return head[0] !== 0xff && !head.some(isBinaryDataByte);
}

function isBinaryDataByte(byte: number): boolean {
  return byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1f && byte !== 0x1b);
}

function latin1(head: Uint8Array, offset: number, length: number): string {
  return Buffer.from(head.subarray(offset, offset + length)).toString('latin1');
}
