import { AppError, type FileMetadata } from '@file-upload/shared-types';
import type { FileRow } from '@file-upload/storage';

/** A row as callers see it. `file_url` is made here, so that it follows the service's address. */
export function toMetadata(row: FileRow, baseUrl: string): FileMetadata {
  const { expires_at: _, file_size, validation_error, checksum, ...rest } = row;
  return {
    ...rest,
    file_size: file_size ?? 0,
    file_url: `${baseUrl}/files/${row.file_id}/content`,
    ...(validation_error && { validation_error }),
    ...(checksum && { checksum }),
  };
}

export function fileNotFound(fileId: string): AppError {
  return new AppError('FILE_NOT_FOUND', `There is no file ${fileId}.`);
}
