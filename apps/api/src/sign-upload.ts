import {
  AppError,
  LIMITS,
  type MultipartPlan,
  type SignedParts,
  type SignPartsRequest,
  type SinglePlan,
} from '@file-upload/shared-types';
import type { FileRow, PresignedRequest } from '@file-upload/storage';
import type { Stores } from '@file-upload/workflow';
import { objectOf } from './open-upload.ts';
import { sizeOfPart } from './upload-plan.ts';
import { findUpload } from './upload-state.ts';

/**
 * The plan of an upload as its client gets it. A single request is signed anew; where its object is
 * there already, the store refuses it.
 */
export async function signPlan(
  { objects }: Pick<Stores, 'objects'>,
  row: FileRow,
): Promise<SinglePlan | MultipartPlan> {
  const { upload, file_size = 0, checksum } = row;
  if (upload?.type === 'multipart') {
    const { type, part_size, part_count } = upload;
    return { type, part_size, part_count };
  }
  const isPending = row.validation_status === 'PENDING';
  const request = await objects.presigner.put(objectOf(row), {
    size: file_size,
    ...(checksum && { checksum }),
    ...(isPending && { expiresIn: secondsLeft(row) }),
  });
  return { type: 'single', ...sendable(request) };
}

/**
 * Signs requests for parts of an upload, each of exactly its size. Signing again is how a client
 * goes on after they have expired.
 *
 * @throws UPLOAD_NOT_FOUND, UPLOAD_FINISHED, INVALID_PART_NUMBER, INVALID_REQUEST
 */
export async function signParts(
  { objects, metadata }: Stores,
  fileId: string,
  { part_numbers, checksums }: SignPartsRequest,
): Promise<SignedParts> {
  const row = await findUpload(metadata, fileId);
  const { s3_key, upload, file_size = 0 } = row;
  requireOpen(row);
  if (upload?.type !== 'multipart') {
    throw new AppError('INVALID_PART_NUMBER', 'This upload is one request, and has no parts.');
  }
  const tooHigh = part_numbers.find((number) => number > upload.part_count);
  if (tooHigh !== undefined) {
    throw new AppError(
      'INVALID_PART_NUMBER',
      `There is no part ${tooHigh}: the upload has ${upload.part_count}.`,
    );
  }
  if (checksums && checksums.length !== part_numbers.length) {
    throw new AppError('INVALID_REQUEST', 'checksums has not one checksum for each part number.');
  }

  const target = { key: s3_key, uploadId: upload.upload_id };
  const expiresIn = secondsLeft(row);
  const expiresAt = new Date(Date.now() + expiresIn * 1000);
  const parts = await Promise.all(
    part_numbers.map(async (part_number, i) => {
      const crc64nvme = checksums?.[i];
      const request = await objects.presigner.part(target, part_number, {
        size: sizeOfPart(file_size, upload, part_number),
        expiresIn,
        ...(crc64nvme !== undefined && { crc64nvme }),
      });
      return { part_number, ...sendable(request) };
    }),
  );
  return { parts, expires_at: expiresAt.toISOString() };
}

/** @throws UPLOAD_FINISHED */
export function requireOpen({ validation_status }: FileRow): void {
  if (validation_status !== 'PENDING') {
    throw new AppError('UPLOAD_FINISHED', 'The upload is finished: it takes no more parts.');
  }
}

/** Seconds that a request may be good for: none outlives its upload. */
export function secondsLeft({ expires_at = 0 }: FileRow): number {
  const left = expires_at - Math.floor(Date.now() / 1000);
  return Math.max(1, Math.min(left, LIMITS.presignedUrlSeconds));
}

/** Without `Content-Length`: browsers set it themselves, and let nobody else do so. */
function sendable({ url, headers }: PresignedRequest) {
  const { 'content-length': _, ...others } = headers;
  return { method: 'PUT' as const, url, headers: others };
}
