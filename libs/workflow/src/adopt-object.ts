import { ANONYMOUS, FileId, LIMITS, objectKey, type Checksum } from '@file-upload/shared-types';
import {
  createChecksum,
  hasCode,
  type FileRow,
  type MetadataStore,
  type ObjectDescription,
  type ObjectStore,
  type StoredObject,
} from '@file-upload/storage';
import { Check } from 'typebox/schema';
import { derivedId } from './derived-id.ts';

export interface Stores {
  objects: ObjectStore;
  metadata: MetadataStore;
}

/**
 * The file that the object with a key belongs to, and its row where it has one. The id in a key is
 * believed where a row or the object itself agrees; any other object was put into the bucket by
 * another program, and has an id made of its key.
 */
export async function findFile(
  metadata: MetadataStore,
  key: string,
  description?: ObjectDescription,
): Promise<{ fileId: string; row: FileRow | undefined }> {
  const [idInKey = ''] = key.split('/', 1);
  if (Check(FileId, idInKey)) {
    const row = await metadata.get(idInKey);
    if (row?.s3_key === key) return { fileId: idInKey, row };
    if (!row && description && objectKey(idInKey, description.fileName) === key) {
      return { fileId: idInKey, row };
    }
  }
  const fileId = derivedId(key);
  return { fileId, row: await metadata.get(fileId) };
}

/**
 * Makes the row of an object that has none, or finishes the PENDING one that reserved its id.
 *
 * The row is PENDING, which nobody sees, until the object was found there once more: a deletion
 * hides the row, then removes the object, then the row, so a row that is written while one runs
 * would otherwise outlive its object. For the same reason the row is finished only where it is still
 * there. An object that arrives after its file was deleted, with a presigned request that was still
 * good, goes as well.
 *
 * @returns the row that stands; undefined where the file was or is being deleted
 */
export async function adoptObject(
  stores: Stores,
  object: StoredObject,
  fileId: string,
): Promise<FileRow | undefined> {
  const { objects, metadata } = stores;
  const { key, description } = object;
  const holder = await metadata
    .claim({
      file_id: fileId,
      file_name: description?.fileName ?? nameInKey(key),
      content_type: object.contentType,
      s3_key: key,
      upload_time: description?.uploadTime ?? object.lastModified.toISOString(),
      validation_status: 'PENDING',
      visibility: description?.visibility ?? 'private',
      owner: description?.owner ?? ANONYMOUS,
      expires_at: Math.floor(Date.now() / 1000) + LIMITS.pendingSeconds,
    })
    .catch(async (error: unknown) => {
      if (!hasCode(error, 'CONFLICT')) throw error;
      // Its deletion is over: nobody else is going to remove what came after it.
      if (await metadata.isBuried(fileId, key)) await objects.remove(key);
      return undefined;
    });
  if (holder?.validation_status !== 'PENDING') return holder;

  const still = await objects.head(key);
  if (still?.etag !== object.etag) return undefined;
  const { expires_at: _, ...row } = holder;
  const finished = await metadata.finishClaim({
    ...row,
    validation_status: 'UPLOADED',
    file_size: holder.file_size ?? description?.declaredSize ?? object.size,
    checksum: await actualChecksum(objects, object),
  });
  // The claim is gone: the file was deleted, which the next look shows, or the claim expired just now.
  return finished ?? (await adoptObject(stores, object, fileId));
}

/** A name that can be shown, of an object that does not say its own. */
function nameInKey(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1).toWellFormed();
  const shown = [...name.replace(/[\p{Cc}\\]/gu, '_')].slice(0, LIMITS.fileNameLength).join('');
  return shown === '' || shown === '.' || shown === '..' ? 'unnamed' : shown;
}

/**
 * The checksum that the stored bytes have, by the algorithm that was declared. S3 knows one of them;
 * any other is computed from all of the bytes.
 */
async function actualChecksum(objects: ObjectStore, object: StoredObject): Promise<Checksum> {
  const algorithm =
    object.description?.declaredChecksum?.algorithm ?? object.checksum?.algorithm ?? 'CRC64NVME';
  if (object.checksum?.algorithm === algorithm) return object.checksum;
  const running = await createChecksum(algorithm);
  if (object.size > 0) {
    const chunks = objects.read(object.key, undefined, object.etag);
    for await (const chunk of chunks) running.update(chunk);
  }
  return { algorithm, value: running.digest() };
}
