import { randomUUID } from 'node:crypto';
import { ANONYMOUS, objectKey } from '@file-upload/shared-types';
import { checksumOf, type FileRow } from '@file-upload/storage';
import type { Stores } from '@file-upload/workflow';

export const PART = Buffer.from('These bytes are one part, or all of a file.');
export const PART_CRC = {
  algorithm: 'CRC64NVME' as const,
  value: await checksumOf('CRC64NVME', PART),
};

/**
 * Makes an upload of one part, which has arrived. It is smaller than those that the service plans, so
 * that many of them can be made.
 *
 * @param expiresIn seconds
 */
export async function uploadSentInParts(
  { objects, metadata }: Stores,
  expiresIn = 1000,
): Promise<FileRow> {
  const file_id = randomUUID();
  const file_name = 'part.bin';
  const key = objectKey(file_id, file_name);
  const upload_time = new Date().toISOString();
  const contentType = 'application/octet-stream';
  const upload = await objects.multipart.start({
    key,
    contentType,
    description: {
      fileName: file_name,
      owner: ANONYMOUS,
      visibility: 'private',
      uploadTime: upload_time,
      declaredSize: PART.length,
      declaredChecksum: PART_CRC,
    },
  });
  const row: FileRow = {
    file_id,
    file_name,
    content_type: contentType,
    file_size: PART.length,
    checksum: PART_CRC,
    s3_key: key,
    upload_time,
    validation_status: 'PENDING',
    visibility: 'private',
    owner: ANONYMOUS,
    expires_at: Math.floor(Date.now() / 1000) + expiresIn,
    upload: {
      type: 'multipart',
      upload_id: upload.uploadId,
      part_size: PART.length,
      part_count: 1,
    },
  };
  await metadata.claim(row);
  await objects.multipart.putPart(upload, 1, PART, PART_CRC.value);
  return row;
}
