import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Authentication } from './authenticate.ts';
import type { BlobStore, NewBlob } from './blob-store.ts';
import { S3Error } from './errors.ts';
import { startDigests, type Digest } from './integrity.ts';
import type { KeyLocks } from './key-locks.ts';
import type { ObjectEvents } from './object-events.ts';
import type { Blob, BucketRecord, ObjectIndex, ObjectRecord } from './object-index.ts';
import type { S3Request } from './request.ts';

export interface Store {
  index: ObjectIndex;
  blobs: BlobStore;
  locks: KeyLocks;
  events: ObjectEvents;
  /** Buckets that are being deleted. */
  closing: Set<string>;
}

/** One request on its way through: what every operation is given. */
export interface Call {
  store: Store;
  request: S3Request;
  response: ServerResponse;
  auth: Authentication;
}

/** @throws S3Error NoSuchBucket */
export function requireBucket(store: Store, name: string): BucketRecord {
  const bucket = store.closing.has(name) ? undefined : store.index.bucket(name);
  if (!bucket) throw new S3Error('NoSuchBucket', undefined, { BucketName: name });
  return bucket;
}

/** @throws S3Error NoSuchBucket, NoSuchKey */
export function requireObject(store: Store, bucket: string, key: string): ObjectRecord {
  requireBucket(store, bucket);
  const object = store.index.object(bucket, key);
  if (!object) throw new S3Error('NoSuchKey', undefined, { Key: key });
  return object;
}

export interface Received extends NewBlob {
  digests: ReadonlyMap<Digest, string>;
  /** Hex: the MD5, where that is one of the digests. */
  etag: string;
}

/**
 * Stores bytes as a new blob, computing digests on the way: MD5 or CRC64NVME is one of them.
 *
 * @param verify throws when the digests are wrong; the blob is removed then
 */
export async function receive(
  store: Store,
  chunks: AsyncIterable<Buffer>,
  wanted: Iterable<Digest>,
  verify: (digests: ReadonlyMap<Digest, string>) => void = () => undefined,
): Promise<Received> {
  const running = await startDigests(wanted);
  const stored = await store.blobs.write(hashed(chunks, running));
  const digests = running.digest();
  try {
    verify(digests);
  } catch (error) {
    await store.blobs.remove([stored.blob]);
    throw error;
  }
  return { ...stored, digests, etag: etagOf(digests, stored.blob.size) };
}

function etagOf(digests: ReadonlyMap<Digest, string>, size: number): string {
  const md5 = digests.get('MD5');
  if (md5 !== undefined) return Buffer.from(md5, 'base64').toString('hex');
  const crc64nvme = digests.get('CRC64NVME');
  if (crc64nvme === undefined) throw new Error('An ETag is made of an MD5 or a CRC64NVME.');
  return createHash('md5').update(`${crc64nvme} ${size}`).digest('hex');
}

async function* hashed(
  chunks: AsyncIterable<Buffer>,
  digests: { update(chunk: Buffer): void },
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    digests.update(chunk);
    yield chunk;
  }
}

/** The stored bytes of an object, held until `release` is called. */
export interface StoredBytes {
  /** From `start` to `end`, exclusive. */
  read(start: number, end: number): AsyncGenerator<Buffer>;
  release(): void;
}

/** To be called in the same turn as the record was read, so that its blobs are still there. */
export function holdBytes(store: Store, blobs: readonly Blob[]): StoredBytes {
  const release = store.blobs.hold(blobs);
  const inline = new Map(
    blobs.filter((blob) => blob.inline).map((blob) => [blob.id, store.index.body(blob)]),
  );
  return {
    release,
    async *read(start, end) {
      let offset = 0;
      for (const blob of blobs) {
        const from = Math.max(start - offset, 0);
        const to = Math.min(end - offset, blob.size);
        offset += blob.size;
        if (from >= to) continue;
        const bytes = inline.get(blob.id);
        if (bytes) yield bytes.subarray(from, to);
        else yield* store.blobs.read(blob, from, to);
      }
    },
  };
}
