import type { ContentSource } from '../src/content-source.ts';

/** A source that fails where a range is asked for that there is not, and counts what is read. */
export interface ByteSource extends ContentSource {
  reads: number;
  bytesRead: number;
}

/**
 * A file of `size` bytes with some of them given, by where they start, and nulls in between.
 * The size may be larger than any memory.
 */
export function sparseSource(size: number, parts: Record<number, Uint8Array>): ByteSource {
  const source: ByteSource = {
    size,
    reads: 0,
    bytesRead: 0,
    async read(first, last) {
      if (!(first >= 0 && first <= last && last < size)) {
        throw new RangeError(`${first}-${last} of ${size}`);
      }
      const range = Buffer.alloc(last - first + 1);
      for (const [start, part] of Object.entries(parts)) {
        const from = Number(start);
        const begin = Math.max(first, from);
        const end = Math.min(last + 1, from + part.byteLength);
        if (begin < end) range.set(part.subarray(begin - from, end - from), begin - first);
      }
      source.reads++;
      source.bytesRead += range.byteLength;
      return range;
    },
  };
  return source;
}

export function sourceOf(bytes: Uint8Array): ByteSource {
  return sparseSource(bytes.byteLength, { 0: bytes });
}
