import { createHash } from 'node:crypto';
import { v7 } from 'uuid';

/** A new id, ordered by time (RFC 9562 section 5.7). */
export function newFileId(): string {
  return v7();
}

/**
 * The id that an owner's idempotency key stands for, always the same one: a UUID of version 8
 * (RFC 9562 section 5.8) made of the SHA-256 of both.
 */
export function idempotentFileId(owner: string, key: string): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify([owner, key]))
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
