import { join } from 'node:path';
import { LIMITS } from '@file-upload/shared-types';
import { openBlobStore, type OpenFile } from './blob-store.ts';
import { createKeyLocks } from './key-locks.ts';
import { removeUpload } from './multipart.ts';
import { createObjectEvents } from './object-events.ts';
import { openIndex, type Blob } from './object-index.ts';
import type { Store } from './store.ts';

/**
 * Opens what is kept under a folder, after removing what a crash may have left: temporary files,
 * multipart uploads that are too old to be finished, and blobs that no record refers to.
 *
 * @param bucket is made when it is not there; its new objects are events
 * @throws LEVEL_LOCKED (as the code of a cause) while another process has the folder open
 */
export async function openStore(
  folder: string,
  bucket: string,
  openFile?: OpenFile,
): Promise<Store> {
  // First of all: whoever holds the index may touch the other files.
  const index = await openIndex(join(folder, 'index'));
  try {
    const blobs = await openBlobStore(folder, openFile);
    const starts = index.starts() + 1;
    const store: Store = {
      index,
      blobs,
      locks: createKeyLocks(),
      events: createObjectEvents(index, bucket, starts),
      closing: new Set(),
    };
    // As the lifecycle rule of a deployed bucket does.
    const abandoned = Date.now() - LIMITS.pendingSeconds * 1000;
    for (const upload of await index.allUploads().all()) {
      if (upload.initiatedAt < abandoned) await removeUpload(store, upload);
    }
    const referenced = new Set<string>();
    const keep = (blob: Blob): void => void (blob.inline || referenced.add(blob.id));
    for await (const object of index.allObjects()) object.blobs.forEach(keep);
    for await (const part of index.allParts()) keep(part.blob);
    await blobs.sweep(referenced);
    await index.commit([
      index.putStarts(starts),
      ...(index.bucket(bucket) ? [] : [index.putBucket(bucket, { createdAt: Date.now() })]),
    ]);
    return store;
  } catch (error) {
    await index.close();
    throw error;
  }
}
