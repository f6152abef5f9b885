import { incomingKey, LIMITS, type UppyForm } from '@file-upload/shared-types';
import { type FileRow, type MultipartUpload } from '@file-upload/storage';
import type { Stores } from '@file-upload/workflow';
import { requireFileName } from './accepted-file.ts';
import { newRow, objectOf } from './open-upload.ts';
import type { NewFile } from './store-file.ts';

/**
 * Opens an upload of a file in one form. Unlike a PUT, a form cannot be made to create only. It
 * brings the bytes to a key of their own, therefore; the workflow makes the file of them, once.
 *
 * @param maxFileBytes how many bytes a file may have
 * @throws INVALID_FILE_NAME
 */
export async function openForm(
  { objects, metadata }: Stores,
  file: NewFile,
  maxFileBytes: number,
): Promise<UppyForm> {
  requireFileName(file.fileName);
  const row: FileRow = { ...newRow(file), upload: { type: 'form' } };
  await metadata.claim(row);
  return await signForm({ objects }, row, maxFileBytes);
}

/** The form for a file that has its row. */
export async function signForm(
  { objects }: Pick<Stores, 'objects'>,
  row: FileRow,
  maxFileBytes: number,
): Promise<UppyForm> {
  const expires = LIMITS.presignedUrlSeconds;
  const form = await objects.presigner.post(
    { ...objectOf(row), key: incomingKey(row.s3_key) },
    { minSize: 0, maxSize: Math.min(maxFileBytes, LIMITS.formBytes), expiresIn: expires },
  );
  return { method: 'POST', ...form, expires };
}

/**
 * Opens an upload in parts that the client cuts as it likes. As with any other upload in parts, dying
 * before the row is there leaves one of no parts, which the bucket's lifecycle ends.
 *
 * @throws INVALID_FILE_NAME
 */
export async function openParts(
  { objects, metadata }: Stores,
  file: NewFile,
): Promise<MultipartUpload> {
  requireFileName(file.fileName);
  const row = newRow(file);
  const upload = await objects.multipart.start(objectOf(row));
  await metadata.claim({ ...row, upload: { type: 'parts', upload_id: upload.uploadId } });
  return upload;
}
