import { LIMITS, objectKey, type Checksum } from '@file-upload/shared-types';
import { hasCode, type FileRow, type MetadataStore, type NewObject } from '@file-upload/storage';
import type { Stores } from '@file-upload/workflow';
import { requireFileName } from './accepted-file.ts';
import { idempotentFileId, newFileId } from './file-id.ts';
import { keyReused, type NewFile } from './store-file.ts';
import { cutFile, tooLarge } from './upload-plan.ts';

/** A file whose bytes are going to be sent to the store, by whoever has the requests for it. */
interface AnnouncedFile extends NewFile {
  /** Bytes. */
  size: number;
}

/**
 * Opens a direct upload. The parts come first, then the row that knows of them: dying in between
 * leaves an upload of no parts that nobody knows, which the bucket's lifecycle ends. The object that
 * arrives describes itself, so that its row is had again where this one is lost.
 *
 * With an idempotency key the file's id is derived from it, and of several requests with one key all
 * get the upload of the first.
 *
 * @param maxFileBytes how many bytes a file may have
 * @returns its row, which is no longer PENDING where the upload of the first is finished
 * @throws INVALID_FILE_NAME, FILE_TOO_LARGE, CHECKSUM_NOT_SUPPORTED, IDEMPOTENCY_KEY_REUSED, CONFLICT
 */
export async function openUpload(
  { objects, metadata }: Stores,
  file: AnnouncedFile,
  maxFileBytes: number,
): Promise<FileRow> {
  requireFileName(file.fileName);
  if (file.size > maxFileBytes) throw tooLarge(maxFileBytes);
  const cut = cutFile(file.size, file.declared);

  const row = newRow(file);
  const before = await holderOf(metadata, file, row);
  if (before) return before;
  if (cut.type === 'single') {
    return requireSameFile(await metadata.claim({ ...row, upload: cut }), row, file);
  }

  const upload = await objects.multipart.start(objectOf(row, file.declared));
  const { uploadId: upload_id } = upload;
  const holder = await metadata
    .claim({ ...row, upload: { ...cut, upload_id } })
    .catch(async (error: unknown) => {
      // Where the table does not answer instead, the row may be there, and its upload has to stay.
      if (hasCode(error, 'CONFLICT')) await objects.multipart.abort(upload);
      throw error;
    });
  if (holder.upload?.type !== 'multipart' || holder.upload.upload_id !== upload_id) {
    await objects.multipart.abort(upload);
  }
  return requireSameFile(holder, row, file);
}

/** The row of an earlier request with the same key. */
async function holderOf(
  metadata: MetadataStore,
  file: AnnouncedFile,
  row: FileRow,
): Promise<FileRow | undefined> {
  if (file.idempotencyKey === undefined) return undefined;
  const holder = await metadata.get(row.file_id);
  return holder && requireSameFile(holder, row, file);
}

/** The row of a file whose bytes are on their way, of a size that may not be known. */
export function newRow(file: NewFile & Partial<AnnouncedFile>): FileRow {
  const { owner, idempotencyKey } = file;
  const fileId =
    idempotencyKey === undefined ? newFileId() : idempotentFileId(owner, idempotencyKey);
  const now = Date.now();
  return {
    file_id: fileId,
    file_name: file.fileName,
    content_type: file.contentType,
    file_size: file.size,
    s3_key: objectKey(fileId, file.fileName),
    upload_time: new Date(now).toISOString(),
    validation_status: 'PENDING',
    ...(file.declared && { checksum: file.declared }),
    visibility: file.visibility,
    owner,
    expires_at: Math.floor(now / 1000) + LIMITS.pendingSeconds,
  };
}

/** The object that a PENDING row waits for. */
export function objectOf(row: FileRow, declared = row.checksum): NewObject {
  return {
    key: row.s3_key,
    contentType: row.content_type,
    description: {
      fileName: row.file_name,
      owner: row.owner,
      visibility: row.visibility,
      uploadTime: row.upload_time,
      declaredSize: row.file_size,
      declaredChecksum: declared,
    },
  };
}

/** @throws IDEMPOTENCY_KEY_REUSED where `holder` is of another file than the one asked for */
function requireSameFile(holder: FileRow, row: FileRow, { declared }: AnnouncedFile): FileRow {
  for (const member of ['file_name', 'content_type', 'visibility', 'file_size'] as const) {
    if (holder[member] !== row[member]) throw keyReused(member);
  }
  if (!hasDeclared(holder, declared)) throw keyReused('checksum');
  if (!holder.upload) throw keyReused('way of upload');
  return holder;
}

/** Whether a row is of a file with that checksum. One that is stored has one also where none was declared. */
function hasDeclared({ checksum, validation_status }: FileRow, declared?: Checksum): boolean {
  if (!declared && validation_status !== 'PENDING') return true;
  return checksum?.algorithm === declared?.algorithm && checksum?.value === declared?.value;
}
