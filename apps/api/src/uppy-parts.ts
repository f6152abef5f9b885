import { AppError, FileId, LIMITS, type UppyCompleteRequest } from '@file-upload/shared-types';
import {
  hasCode,
  multipartOf,
  type FileRow,
  type MultipartUpload,
  type UploadedPart,
} from '@file-upload/storage';
import type { FileRules, Stores } from '@file-upload/workflow';
import { Check } from 'typebox/schema';
import { finishBy, quotedEtag } from './complete-upload.ts';
import { abortUpload } from './delete-file.ts';
import { requireOpen, secondsLeft } from './sign-upload.ts';
import { tooLarge } from './upload-plan.ts';
import { finishUpload } from './upload-state.ts';
import { validateFile } from './validate-file.ts';

/** An upload in parts as its client names it, and whose client that is. */
interface NamedUpload extends MultipartUpload {
  owner: string;
}

/**
 * The row of an upload in parts, finished or not.
 *
 * @throws UPLOAD_NOT_FOUND where key and uploadId do not belong together, or not to the owner: the
 *   same as where there is no such upload
 */
export async function findParts({ metadata }: Stores, named: NamedUpload): Promise<FileRow> {
  const fileId = idIn(named.key);
  const row = fileId === undefined ? undefined : await metadata.get(fileId);
  if (!row || !isNamed(row, named)) throw notFound();
  return row;
}

/** Aborts an upload in parts; doing it twice is the same as doing it once. @throws as findParts */
export async function abortParts(stores: Stores, named: NamedUpload): Promise<void> {
  const fileId = idIn(named.key);
  const hidden = fileId === undefined ? undefined : await stores.metadata.getHidden(fileId);
  const row = hidden && isNamed(hidden, named) ? hidden : await findParts(stores, named);
  await abortUpload(stores, row.file_id);
}

/**
 * Signs a request for a part, of whatever size: nobody declared one. The size of the whole is looked
 * at when the upload is completed.
 *
 * @throws UPLOAD_FINISHED; FILE_TOO_LARGE where no file that is allowed has so many parts
 */
export async function signPart(
  { objects }: Stores,
  row: FileRow,
  partNumber: number,
  { maxFileBytes }: FileRules,
): Promise<{ url: string; expires: number }> {
  requireOpen(row);
  if (partNumber > Math.ceil(maxFileBytes / LIMITS.minPartBytes)) throw tooLarge(maxFileBytes);
  const expires = secondsLeft(row);
  const { url } = await objects.presigner.part(requireParts(row), partNumber, {
    expiresIn: expires,
  });
  return { url, expires };
}

/**
 * The parts that the store has. Of a finished upload it tells as many as it had: a client that did
 * not hear of its end lists them, finds nothing missing, and completes again.
 *
 * @throws UPLOAD_NOT_FOUND
 */
export async function listParts(stores: Stores, row: FileRow): Promise<UploadedPart[]> {
  if (row.validation_status === 'PENDING') {
    try {
      return await stores.objects.multipart.listParts(requireParts(row));
    } catch (error) {
      if (!hasCode(error, 'UPLOAD_NOT_FOUND')) throw error;
      if (!(await finishUpload(stores, row))) throw notFound();
    }
  }
  const object = await stores.objects.head(row.s3_key);
  if (!object) throw notFound();
  // The ETag of an object made of parts ends in their number.
  const count = Number(/-(\d+)"?$/.exec(object.etag)?.[1] ?? 1);
  const size = Math.ceil(object.size / count);
  return Array.from({ length: count }, (_, i) => ({
    partNumber: i + 1,
    etag: object.etag,
    size: Math.min(size, object.size - i * size),
  }));
}

/**
 * Makes the file of all of its parts, and examines it: its client can be told of nothing later.
 *
 * @param given the parts as the client knows them
 * @throws UPLOAD_NOT_FOUND, INVALID_PART, CONFLICT; FILE_TOO_LARGE, and the upload is aborted;
 *   FILE_REJECTED, and the file is INVALID
 */
export async function completeParts(
  stores: Stores,
  row: FileRow,
  given: UppyCompleteRequest['parts'],
  rules: FileRules,
): Promise<FileRow> {
  const upload = requireParts(row);
  const { multipart } = stores.objects;
  try {
    await finishBy(stores, row, async () => {
      const parts = await multipart.listParts(upload);
      requireSameParts(parts, given);
      const size = parts.reduce((sum, part) => sum + part.size, 0);
      if (size > rules.maxFileBytes) throw tooLarge(rules.maxFileBytes);
      await multipart.complete(upload, parts, { size });
    });
  } catch (error) {
    if (hasCode(error, 'FILE_TOO_LARGE')) await abortUpload(stores, row.file_id);
    throw error;
  }
  const examined = await validateFile(stores, rules, row.file_id);
  const { validation_error: problem } = examined;
  if (problem) {
    throw new AppError('FILE_REJECTED', `The file was rejected: ${problem.message}`);
  }
  return examined;
}

/** @throws INVALID_PART unless those are all parts, each once, from the first on */
function requireSameParts(
  stored: readonly UploadedPart[],
  given: UppyCompleteRequest['parts'],
): void {
  const etags = new Map(stored.map(({ partNumber, etag }) => [partNumber, quotedEtag(etag)]));
  const claimed = new Map(given.map(({ PartNumber, ETag }) => [PartNumber, quotedEtag(ETag)]));
  const numbers = new Set([...etags.keys(), ...claimed.keys(), ...given.map((_, i) => i + 1)]);
  const wrong = [...numbers].filter((number) => {
    const etag = etags.get(number);
    return etag === undefined || etag !== claimed.get(number);
  });
  if (wrong.length === 0 && given.length === claimed.size && given.length > 0) return;
  const which = wrong.length > 0 ? `: ${wrong.slice(0, SHOWN).join(', ')}` : '';
  throw new AppError(
    'INVALID_PART',
    `The parts are not those that the store has${which}. List them, upload what is missing, then complete again.`,
  );
}

/** Part numbers in a message. */
const SHOWN = 10;

function idIn(key: string): string | undefined {
  const [id = ''] = key.split('/', 1);
  return Check(FileId, id) ? id : undefined;
}

function isNamed(row: FileRow, { owner, key, uploadId }: NamedUpload): boolean {
  const { upload } = row;
  return (
    upload?.type === 'parts' &&
    upload.upload_id === uploadId &&
    row.s3_key === key &&
    row.owner === owner
  );
}

function requireParts(row: FileRow): MultipartUpload {
  const upload = multipartOf(row);
  if (!upload) throw notFound();
  return upload;
}

function notFound(): AppError {
  return new AppError(
    'UPLOAD_NOT_FOUND',
    'There is no upload with this key and uploadId: it was aborted, has expired, or never was.',
  );
}
