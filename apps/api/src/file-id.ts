import { derivedId } from '@file-upload/workflow';
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
  return derivedId(owner, key);
}
