/** The bytes of one stored object: only what is asked for is read. */
export interface ContentSource {
  /** Bytes. */
  size: number;
  /** The bytes from `first` to `last`, both included. */
  read(first: number, last: number): Promise<Uint8Array>;
}

/** Bytes at the start of a file that are looked at, whatever its size. */
export const HEAD_SIZE = 256 * 1024;

/** The first {@link HEAD_SIZE} bytes, or all there are. A fault of `read` passes through. */
export async function readHead(source: ContentSource): Promise<Uint8Array> {
  if (source.size === 0) return new Uint8Array();
  return await source.read(0, Math.min(source.size, HEAD_SIZE) - 1);
}
