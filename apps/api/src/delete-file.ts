import { AppError, incomingKey } from '@file-upload/shared-types';
import { multipartOf, type FileRow, type ObjectStore } from '@file-upload/storage';
import type { Stores } from '@file-upload/workflow';

/**
 * Deletes a file, or an upload that is not finished; doing it twice is the same as doing it once.
 *
 * The writes are in an order in which dying between any two leaves nothing that points at missing
 * bytes: the row counts as gone, then the parts and the object are gone, then the row is. A repeated
 * deletion finds the hidden row and goes on from there.
 */
export async function deleteFile(stores: Stores, fileId: string): Promise<void> {
  const row = await stores.metadata.hide(fileId);
  if (row) await removeHidden(stores, row);
}

/**
 * Aborts a direct upload: whatever has arrived of it is removed. Doing it twice is the same as doing
 * it once.
 *
 * @throws UPLOAD_FINISHED
 */
export async function abortUpload(stores: Stores, fileId: string): Promise<void> {
  const { metadata } = stores;
  const row = await metadata.hideUpload(fileId);
  if (row) return await removeHidden(stores, row);
  const finished = await metadata.get(fileId);
  if (finished && finished.validation_status !== 'PENDING') {
    throw new AppError(
      'UPLOAD_FINISHED',
      `The upload is finished. To delete the file, send DELETE /files/${fileId}.`,
    );
  }
}

async function removeHidden({ objects, metadata }: Stores, row: FileRow): Promise<void> {
  const { file_id, s3_key } = row;
  await abortParts(objects, row);
  // After the parts: they may have become the object until they were aborted.
  await objects.remove(s3_key);
  if (row.upload?.type === 'form') await objects.remove(incomingKey(s3_key));
  if (!mayStillArrive(row)) {
    await metadata.remove(file_id);
    return;
  }
  await metadata.bury(file_id);
  // What was sent since, before the workflow knew that it has to go.
  await objects.remove(s3_key);
}

/**
 * Whether a request that was signed before, or a completion that S3 is still at, can make the object
 * of a deleted file.
 */
function mayStillArrive({ upload, validation_status }: FileRow): boolean {
  if (!upload) return false;
  return !('upload_id' in upload) || validation_status === 'PENDING';
}

/** Removes the parts of an upload that is not complete. */
export async function abortParts(objects: ObjectStore, row: FileRow): Promise<void> {
  const upload = multipartOf(row);
  if (upload && row.validation_status === 'PENDING') await objects.multipart.abort(upload);
}
