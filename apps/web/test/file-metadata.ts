import type { FileMetadata } from '@file-upload/api-client';

/** A file of a test, with what the test is about. */
export function fileOf(fileId: string, about: Partial<FileMetadata> = {}): FileMetadata {
  return {
    file_id: fileId,
    file_name: `${fileId}.txt`,
    content_type: 'text/plain',
    file_size: 5,
    s3_key: `${fileId}/${fileId}.txt`,
    file_url: `https://files.example/files/${fileId}/content`,
    upload_time: '2026-11-23T12:00:00.000Z',
    validation_status: 'UPLOADED',
    visibility: 'private',
    owner: 'anonymous',
    ...about,
  };
}
