import {
  AppError,
  LIMITS,
  objectKey,
  type Checksum,
  type Visibility,
} from '@file-upload/shared-types';
import {
  hasCode,
  type FileRow,
  type MetadataStore,
  type NewObject,
  type StoredFileRow,
} from '@file-upload/storage';
import type { Stores } from '@file-upload/workflow';
import { requireFileName } from './accepted-file.ts';
import { idempotentFileId, newFileId } from './file-id.ts';

/** What is known of a file before its bytes have arrived. */
export interface NewFile {
  fileName: string;
  contentType: string;
  visibility: Visibility;
  owner: string;
  declared?: Checksum | undefined;
  idempotencyKey?: string | undefined;
}

/** How many bytes a file may have. */
export interface SizeLimits {
  /** In the request that brings it. */
  maxInlineBytes: number;
  /** However it arrives. */
  maxFileBytes: number;
}

/** A file whose bytes have arrived, and which nobody can see yet. */
export interface ReceivedFile {
  /**
   * Makes the object, then its row. Dying in between leaves an object that describes itself and no
   * row: the client was told nothing, and the row can be rebuilt from the object.
   *
   * @throws IDEMPOTENCY_KEY_REUSED, CONFLICT
   */
  finish(): Promise<FileRow>;
  discard(): Promise<void>;
}

/**
 * Reads the bytes of a new file to their end.
 *
 * With an idempotency key the file's id is derived from it and reserved by a PENDING row first, so
 * that of several requests with one key all write the same object, which can be created only once.
 *
 * @throws INVALID_FILE_NAME, FILE_TOO_LARGE, CHECKSUM_MISMATCH, IDEMPOTENCY_KEY_REUSED, and what
 *   `source` throws; nothing is left behind
 */
export async function receiveFile(
  { objects, metadata }: Stores,
  file: NewFile,
  source: AsyncIterable<Uint8Array>,
  limits: SizeLimits,
): Promise<ReceivedFile> {
  requireFileName(file.fileName);

  const row = await reserve(metadata, file);
  const object: NewObject = {
    key: row.s3_key,
    contentType: row.content_type,
    description: {
      fileName: row.file_name,
      owner: row.owner,
      visibility: row.visibility,
      uploadTime: row.upload_time,
      declaredChecksum: file.declared,
    },
  };
  const staged = await objects
    .stage(object, source, { maxBytes: largestOf(limits), declared: file.declared })
    .catch((error: unknown) => {
      throw hasCode(error, 'FILE_TOO_LARGE') ? fileTooLarge(limits) : error;
    });

  return {
    async finish() {
      await staged.commit().catch((error: unknown) => {
        throw hasCode(error, 'OBJECT_EXISTS') ? keyReused('content') : error;
      });
      const stored: StoredFileRow = {
        ...row,
        validation_status: 'UPLOADED',
        file_size: staged.size,
        checksum: staged.checksum,
      };
      delete stored.expires_at;
      const recorded = await metadata.recordStored(stored);
      if (!recorded) throw new AppError('CONFLICT', 'The file was deleted while it arrived.');
      return recorded;
    },
    discard: () => staged.discard(),
  };
}

async function reserve(metadata: MetadataStore, file: NewFile): Promise<FileRow> {
  const { owner, idempotencyKey } = file;
  const fileId =
    idempotencyKey === undefined ? newFileId() : idempotentFileId(owner, idempotencyKey);
  const now = Date.now();
  const row: FileRow = {
    file_id: fileId,
    file_name: file.fileName,
    content_type: file.contentType,
    s3_key: objectKey(fileId, file.fileName),
    upload_time: new Date(now).toISOString(),
    validation_status: 'PENDING',
    visibility: file.visibility,
    owner,
    expires_at: Math.floor(now / 1000) + LIMITS.pendingSeconds,
  };
  if (idempotencyKey === undefined) return row;

  const holder = await metadata.claim(row);
  for (const member of ['file_name', 'content_type', 'visibility'] as const) {
    if (holder[member] !== row[member]) throw keyReused(member);
  }
  if (holder.upload) throw keyReused('way of upload');
  return { ...row, s3_key: holder.s3_key, upload_time: holder.upload_time };
}

/** Bytes of the largest file that a request may bring. */
export function largestOf({ maxInlineBytes, maxFileBytes }: SizeLimits): number {
  return Math.min(maxInlineBytes, maxFileBytes);
}

/** The refusal of a file that is too large, with the way that it does fit where there is one. */
export function fileTooLarge(limits: SizeLimits): AppError {
  const most = largestOf(limits);
  return new AppError(
    'FILE_TOO_LARGE',
    most === limits.maxFileBytes
      ? `The file has more than ${most} bytes, the most that this service stores.`
      : `The file has more than ${most} bytes, the most that one request takes. Open a direct upload with POST /uploads instead.`,
  );
}

/** @param difference what of the two files is not the same */
export function keyReused(difference: string): AppError {
  return new AppError(
    'IDEMPOTENCY_KEY_REUSED',
    `The Idempotency-Key was used for another file: its ${difference} differs. Use a new key for a new file.`,
  );
}
