import type { FileRow } from '@file-upload/storage';
import { examineFile, rejectFile } from '@file-upload/workflow';
import { abortParts, deleteFile } from './delete-file.ts';
import { indexObject, type IndexOptions } from './reindex-object.ts';
import type { Counts } from './reindex-report.ts';
import type { Stores } from '@file-upload/workflow';

/**
 * Sees to it that a row does not say that an object is there which is not, and that a reservation
 * ends which nobody came back for.
 *
 * @param scanned as a scan showed it, which may be some seconds ago; none that is being deleted
 */
export async function checkRow(
  stores: Stores,
  scanned: FileRow,
  options: IndexOptions,
): Promise<Counts> {
  const { objects, metadata } = stores;
  const { file_id, s3_key } = scanned;
  if (await objects.head(s3_key)) return {};

  const row = await metadata.get(file_id);
  if (scanned.validation_status === 'PENDING') {
    if (row || !isExpired(scanned)) return {};
    // Should an upload take the id right now, it makes the row again when its bytes are there.
    if (!options.dryRun) {
      if (scanned.upload) await abortParts(objects, scanned);
      await metadata.removeExpired(file_id);
    }
    return { reservations_removed: 1 };
  }
  if (!row || row.validation_status === 'PENDING') return {}; // Deleted since it was scanned.

  if (row.validation_error?.code === 'OBJECT_MISSING') return { rows_without_object: 1 };
  if (!options.dryRun) {
    const finding = await examineFile(objects, options.rules, row, undefined);
    if (finding.status !== 'INVALID') throw new Error('A file without object cannot be VALID.');
    if (!(await rejectFile(stores, row, finding))) return {};
    // It may have been deleted and made again, between the look at the object and the verdict.
    const object = await objects.head(s3_key);
    if (object) return await indexObject(stores, object, options);
  }
  return { rows_without_object: 1, newly_missing: 1 };
}

/**
 * Finishes a deletion that was begun, unless it is finished and the file was made again.
 *
 * @param fileId of a row that was being deleted so long ago that whoever did it is not at it now:
 *   two that delete one file could otherwise delete what is made again in between
 */
export async function finishDeletion(
  stores: Stores,
  fileId: string,
  { dryRun }: IndexOptions,
): Promise<Counts> {
  if (await stores.metadata.get(fileId)) return {};
  if (!dryRun) await deleteFile(stores, fileId);
  return { deletions_finished: 1 };
}

function isExpired({ expires_at }: FileRow): boolean {
  return expires_at !== undefined && expires_at <= Date.now() / 1000;
}
