import type { Stores } from '@file-upload/workflow';

/**
 * Deletes a file; doing it twice is the same as doing it once.
 *
 * Three writes, in an order in which dying between any two leaves nothing that points at missing
 * bytes: the row counts as gone, then the object is gone, then the row is. A repeated deletion
 * finds the hidden row and goes on from there.
 */
export async function deleteFile({ objects, metadata }: Stores, fileId: string): Promise<void> {
  const row = await metadata.hide(fileId);
  if (!row) return;
  await objects.remove(row.s3_key);
  await metadata.remove(fileId);
}
