import { createHash } from 'node:crypto';

/**
 * The id that these texts stand for, always the same one: a UUID of version 8 (RFC 9562 section
 * 5.8) made of the SHA-256 of all of them.
 */
export function derivedId(...texts: string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(texts)).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
