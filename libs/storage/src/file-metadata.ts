import type { FileMetadata } from '@file-upload/shared-types';
import type { FileRow } from './file-row.ts';

/**
 * A row as callers see it: what the contract names, and nothing else that a row may have. `file_url`
 * is made here, so that it follows the service's address.
 */
export function toMetadata(row: FileRow, baseUrl: string): FileMetadata {
  const { validation_error, processing_error, detected_type, image, checksum } = row;
  return {
    file_id: row.file_id,
    file_name: row.file_name,
    content_type: row.content_type,
    file_size: row.file_size ?? 0,
    s3_key: row.s3_key,
    file_url: `${baseUrl}/files/${row.file_id}/content`,
    upload_time: row.upload_time,
    validation_status: row.validation_status,
    ...(validation_error && { validation_error }),
    ...(processing_error && { processing_error }),
    ...(detected_type !== undefined && { detected_type }),
    ...(image && { image }),
    ...(checksum && { checksum }),
    visibility: row.visibility,
    owner: row.owner,
  };
}
