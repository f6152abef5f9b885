import { AppError, type Checksum, type CompleteUploadRequest } from '@file-upload/shared-types';
import { hasCode, type FileRow, type ObjectStore } from '@file-upload/storage';
import type { Stores } from '@file-upload/workflow';
import { sizeOfPart } from './upload-plan.ts';
import { findUpload, finishUpload, uploadNotFound } from './upload-state.ts';

type GivenPart = NonNullable<CompleteUploadRequest['parts']>[number];

/**
 * Finishes an upload: makes the object of its parts, where it has any, and records that it is there.
 * Whoever finds the object there, made by another call or by one whose answer was lost, goes on from
 * there; so does the workflow where this dies in between.
 *
 * @param given the parts as the client knows them, otherwise those are taken that the store has; and
 *   the checksum of the whole, which the store verifies where it makes the whole of parts
 * @returns the row of the stored file
 * @throws UPLOAD_NOT_FOUND, FILE_NOT_READY, INVALID_PART, CHECKSUM_MISMATCH, CHECKSUM_NOT_SUPPORTED,
 *   SIZE_MISMATCH, CONFLICT; but for the first and the last, an open upload stays open
 */
export async function completeUpload(
  stores: Stores,
  fileId: string,
  { parts, checksum }: CompleteUploadRequest = {},
): Promise<FileRow> {
  const row = await findUpload(stores.metadata, fileId);
  requireAgreement(row, checksum);
  const declared = checksum ? { ...row, checksum } : row;
  const finished = await finishBy(stores, row, () => makeObject(stores.objects, declared, parts));
  requireAgreement(finished, checksum);
  return finished;
}

/**
 * @param row of a file whose checksum was declared, or which is stored; of others nothing is known
 * @throws CHECKSUM_MISMATCH, CHECKSUM_NOT_SUPPORTED
 */
function requireAgreement(row: FileRow, given: Checksum | undefined): void {
  const { checksum, validation_status } = row;
  if (!given || !checksum) return;
  if (checksum.algorithm !== given.algorithm) {
    throw new AppError(
      'CHECKSUM_NOT_SUPPORTED',
      `The upload was opened with a ${checksum.algorithm}, which the store verifies: leave the ${given.algorithm} out.`,
    );
  }
  if (checksum.value === given.value) return;
  const of =
    validation_status === 'PENDING' ? 'that the upload was opened with' : 'of what is stored';
  throw new AppError(
    'CHECKSUM_MISMATCH',
    `The ${given.algorithm} ${of} is ${checksum.value}, not ${given.value}. Upload the file again.`,
  );
}

/**
 * Finishes an upload, unless it is finished.
 *
 * @param make makes the object; what it throws does not matter where somebody else made it
 */
export async function finishBy(
  stores: Stores,
  row: FileRow,
  make: () => Promise<void>,
): Promise<FileRow> {
  if (row.validation_status !== 'PENDING') return row;
  let problem = uploadNotFound(row.file_id);
  try {
    await make();
  } catch (error) {
    if (hasCode(error, 'INVALID_PART', 'FILE_NOT_READY')) problem = error as AppError;
    else if (hasCode(error, 'CONFLICT')) problem = beingCompleted(error);
    // Another call has made the object, unless it is gone again.
    else if (!hasCode(error, 'UPLOAD_NOT_FOUND', 'OBJECT_EXISTS')) throw error;
  }
  const finished = await finishUpload(stores, row);
  if (finished) return finished;
  throw problem;
}

function beingCompleted(cause: unknown): AppError {
  return new AppError(
    'CONFLICT',
    'Another request is completing this upload. Complete it again in a moment.',
    { cause },
  );
}

/** @throws what says why there is no object, unless somebody else made it */
async function makeObject(
  { multipart }: ObjectStore,
  row: FileRow,
  given: readonly GivenPart[] | undefined,
): Promise<void> {
  const { s3_key: key, upload, file_size = 0, checksum } = row;
  if (upload?.type !== 'multipart') {
    throw new AppError('FILE_NOT_READY', 'The bytes of this file have not arrived yet.');
  }
  const target = { key, uploadId: upload.upload_id };
  const parts = given
    ? given.map(({ part_number, etag }) => ({ partNumber: part_number, etag: quotedEtag(etag) }))
    : await multipart.listParts(target);
  parts.sort((one, other) => one.partNumber - other.partNumber);
  requireAll(parts, upload.part_count, (number) => sizeOfPart(file_size, upload, number));
  await multipart.complete(target, parts, {
    size: file_size,
    ...(checksum && { crc64nvme: checksum.value }),
  });
}

/** @throws INVALID_PART, with the numbers that are missing */
function requireAll(
  parts: readonly { partNumber: number; size?: number }[],
  count: number,
  sizeOf: (partNumber: number) => number,
): void {
  const there = new Map(parts.map((part) => [part.partNumber, part]));
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const missing = numbers.filter((number) => {
    const size = there.get(number)?.size;
    return !there.has(number) || (size !== undefined && size !== sizeOf(number));
  });
  if (missing.length > 0) {
    const shown = missing.slice(0, SHOWN).join(', ') + (missing.length > SHOWN ? ', ...' : '');
    throw new AppError(
      'INVALID_PART',
      `Of ${count} parts ${missing.length} are missing: ${shown}. Upload them, then complete again.`,
    );
  }
  if (parts.length > count) {
    throw new AppError(
      'INVALID_PART',
      `The upload has ${count} parts, and ${parts.length} are given.`,
    );
  }
}

/** Part numbers in a message. */
const SHOWN = 10;

/** An ETag as RFC 9110 section 8.8.3 writes it, also where the client dropped the quotes. */
export function quotedEtag(etag: string): string {
  return `"${etag.replaceAll('"', '')}"`;
}
