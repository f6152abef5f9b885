import { S3Error } from './errors.ts';
import type { NewBlob } from './blob-store.ts';
import type { CreationReason } from './object-events.ts';
import type { Blob, Change, ObjectRecord } from './object-index.ts';
import { requireBucket, type Store } from './store.ts';

export interface ObjectCommit {
  bucket: string;
  key: string;
  record: ObjectRecord;
  reason: CreationReason;
  /** Of a new inline blob. */
  bytes?: Buffer;
  /** Looks at the object that is there now, and throws to refuse the new one. */
  precondition: (current: ObjectRecord | undefined) => void;
  /** What else happens in the same moment. */
  changes?: Change[];
}

/**
 * The one place where an object comes into being: a single durable batch, before which nothing of
 * it can be seen and after which all of it can, the event that it was created included. Writers of
 * one key take turns, so of several conditional creates one wins.
 *
 * The caller still owns the record's blobs when this throws.
 */
export async function commitObject(store: Store, commit: ObjectCommit): Promise<void> {
  const { bucket, key, record, bytes } = commit;
  await store.locks.run(objectLock(bucket, key), async () => {
    requireBucket(store, bucket);
    const current = store.index.object(bucket, key);
    commit.precondition(current);
    const [first] = record.blobs;
    try {
      await store.index.commit([
        store.index.putObject(bucket, key, record),
        ...store.events.created(commit),
        ...(bytes && first ? [store.index.putBody(first, bytes)] : []),
        ...dropBodies(store, current?.blobs ?? []),
        ...(commit.changes ?? []),
      ]);
    } finally {
      // The index may have kept a change whose sync failed.
      store.events.arrived();
    }
    await store.blobs.remove(current?.blobs ?? []);
  });
}

/**
 * Commits what refers to a new blob, and removes the blob when that fails: unless the index, which
 * may have kept a change whose sync failed, refers to it after all.
 *
 * @param current the blobs that are referred to now
 */
export async function commitNewBlob(
  store: Store,
  { blob }: NewBlob,
  commit: () => Promise<void>,
  current: () => Blob[],
): Promise<void> {
  try {
    await commit();
  } catch (error) {
    // Where even the index cannot be read, the sweep of the next start decides.
    await store.index.ready();
    if (!current().some(({ id }) => id === blob.id)) await store.blobs.remove([blob]);
    throw error;
  }
}

/** Deletes an object; that there is none is no error. */
export async function deleteObject(store: Store, bucket: string, key: string): Promise<void> {
  await store.locks.run(objectLock(bucket, key), async () => {
    requireBucket(store, bucket);
    const current = store.index.object(bucket, key);
    if (!current) return;
    await store.index.commit([
      store.index.deleteObject(bucket, key),
      ...dropBodies(store, current.blobs),
    ]);
    await store.blobs.remove(current.blobs);
  });
}

/** Changes what is recorded of an object and leaves its bytes alone. */
export async function updateObject(
  store: Store,
  bucket: string,
  key: string,
  change: (current: ObjectRecord) => ObjectRecord,
): Promise<void> {
  await store.locks.run(objectLock(bucket, key), async () => {
    requireBucket(store, bucket);
    const current = store.index.object(bucket, key);
    if (!current) throw new S3Error('NoSuchKey', undefined, { Key: key });
    await store.index.commit([store.index.putObject(bucket, key, change(current))]);
  });
}

/** The changes that remove the bytes of inline blobs. */
export function dropBodies(store: Store, blobs: readonly Blob[]): Change[] {
  return blobs.filter(({ inline }) => inline).map((blob) => store.index.deleteBody(blob));
}

function objectLock(bucket: string, key: string): string {
  return `${bucket}/object:${key}`;
}
