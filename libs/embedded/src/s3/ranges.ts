import { S3Error } from './errors.ts';

/** `end` is exclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Reads a `Range` header. Like S3, it answers a list of ranges and whatever it cannot read with
 * the whole object.
 *
 * @throws S3Error InvalidRange where the range lies outside
 */
export function parseRange(header: string, size: number): ByteRange | undefined {
  const match = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/.exec(header.trim());
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [first, last] = [match[1] ?? '', match[2] ?? ''];
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;

  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size);
  if (start >= end) {
    throw new S3Error('InvalidRange', undefined, {
      RangeRequested: header,
      ActualObjectSize: String(size),
    });
  }
  return { start, end };
}
