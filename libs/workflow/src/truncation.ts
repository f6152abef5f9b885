import { HEAD_SIZE, type ContentSource } from './content-source.ts';

const TAIL_SIZE = 64 * 1024;
const MAX_WINDOWS = 64;

const PNG_SIGNATURE_SIZE = 8;
/** Length, type and CRC: what a chunk has around its data. */
const CHUNK_FRAME_SIZE = 12;
/** The last chunk is always these bytes: no data, its type, the CRC of the type. */
const IEND_CHUNK = Buffer.from('0000000049454e44ae426082', 'hex');

/**
 * A sentence for people when a picture ends before its format says that it does, else undefined.
 * Only PNG and WebP are known; for every other type nothing is claimed.
 *
 * @param head the first bytes of the source
 * @param type the media type that the bytes show
 */
export async function truncationOf(
  source: ContentSource,
  head: Uint8Array,
  type: string,
): Promise<string | undefined> {
  const isCut =
    type === 'image/webp'
      ? isWebpCut(source.size, head)
      : (type === 'image/png' || type === 'image/apng') && (await isPngCut(source, head));
  return isCut
    ? `The picture is cut off: the file ends before the ${type} in it does. Upload the whole file again.`
    : undefined;
}

/**
 * The RIFF header says how many bytes follow it, a byte of padding included that some writers
 * leave out.
 *
 * @see https://developers.google.com/speed/webp/docs/riff_container
 */
function isWebpCut(size: number, head: Uint8Array): boolean {
  if (head.byteLength < 8) return true;
  return 8 + view(head).getUint32(4, true) > size + 1;
}

/**
 * Whether a PNG has no IEND chunk, by the lengths that its chunks give for themselves. What comes
 * after IEND is no part of the picture and is tolerated. Where the chunks are damaged, or are more
 * than fit into the windows that are read, nothing is claimed.
 *
 * @see https://www.w3.org/TR/png-3/#5Chunk-layout
 * @see https://www.w3.org/TR/png-3/#11IEND
 */
async function isPngCut(source: ContentSource, head: Uint8Array): Promise<boolean> {
  const { size } = source;
  const tailStart = Math.max(0, size - TAIL_SIZE);
  const tail =
    size <= head.byteLength ? head.subarray(tailStart) : await source.read(tailStart, size - 1);
  if (Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength).includes(IEND_CHUNK)) return false;

  let window = head;
  let start = 0;
  let windows = 0;
  for (let at = PNG_SIGNATURE_SIZE; ;) {
    if (at + CHUNK_FRAME_SIZE > size) return true;
    if (at + 8 > start + window.byteLength) {
      if (++windows > MAX_WINDOWS) return false;
      start = at;
      window = await source.read(start, Math.min(size, start + HEAD_SIZE) - 1);
      if (window.byteLength < 8) return false;
    }
    const type = view(window).getUint32(at - start + 4);
    if (!isChunkType(type)) return false;
    at += CHUNK_FRAME_SIZE + view(window).getUint32(at - start);
    if (type === IEND_TYPE) return at > size;
  }
}

const IEND_TYPE = IEND_CHUNK.readUInt32BE(4);

/** Four ASCII letters. */
function isChunkType(type: number): boolean {
  return [24, 16, 8, 0].every((shift) =>
    /[A-Za-z]/.test(String.fromCharCode((type >> shift) & 255)),
  );
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
