import { AppError } from '@file-upload/shared-types';
import type { FileRow } from '@file-upload/storage';
import { fileNotFound } from './file-not-found.ts';
import type { Stores } from './store-file.ts';

/**
 * Checks that a file's object is there with the size and checksum of its row, and records what was
 * found.
 *
 * @throws FILE_NOT_FOUND, FILE_NOT_READY, OBJECT_MISSING where the row exists and the object does not
 */
export async function validateFile(
  { objects, metadata }: Stores,
  fileId: string,
): Promise<FileRow> {
  const row = await metadata.get(fileId);
  if (!row) throw fileNotFound(fileId);
  if (row.validation_status === 'PENDING') {
    throw new AppError('FILE_NOT_READY', 'The bytes of this file have not arrived yet.');
  }
  const object = await objects.head(row.s3_key);
  if (!object) {
    const error = { code: 'OBJECT_MISSING', message: 'The bytes of this file are gone.' } as const;
    await metadata.recordVerdict(fileId, { status: 'INVALID', error });
    throw new AppError('OBJECT_MISSING', error.message, {
      details: { validation_status: 'INVALID' },
    });
  }
  const isSame =
    object.size === row.file_size &&
    (object.checksum?.algorithm !== row.checksum?.algorithm ||
      object.checksum?.value === row.checksum?.value);
  const verdict = await metadata.recordVerdict(
    fileId,
    isSame
      ? { status: 'VALID' }
      : {
          status: 'INVALID',
          error: { code: 'CHECKSUM_MISMATCH', message: 'The stored bytes are not those sent.' },
        },
  );
  if (!verdict) throw fileNotFound(fileId);
  return verdict;
}
