import { AppError } from '@file-upload/shared-types';
import {
  hasCode,
  multipartOf,
  type FileRow,
  type MetadataStore,
  type ObjectStore,
  type UploadedPart,
} from '@file-upload/storage';
import { adoptObject, type Stores } from '@file-upload/workflow';

/** How far an upload has come: to its end where the row is not PENDING. */
interface Standing {
  row: FileRow;
  parts: UploadedPart[];
}

/** The row of an upload, finished or not. @throws UPLOAD_NOT_FOUND */
export async function findUpload(metadata: MetadataStore, fileId: string): Promise<FileRow> {
  const row = await metadata.get(fileId);
  if (!row || (row.validation_status === 'PENDING' && !isPlanned(row))) {
    throw uploadNotFound(fileId);
  }
  return row;
}

/**
 * Whether the service has said how the bytes are to be cut. Without a plan, a row that is PENDING
 * belongs to a request that has not come to its end, or to Uppy, which cuts them as it likes.
 */
function isPlanned({ upload }: FileRow): boolean {
  return upload?.type === 'single' || upload?.type === 'multipart';
}

/**
 * Where an upload stands: what the store has of it. Where that is the whole object, the upload is
 * finished right away.
 *
 * @throws UPLOAD_NOT_FOUND
 */
export async function readStanding(stores: Stores, fileId: string): Promise<Standing> {
  const row = await findUpload(stores.metadata, fileId);
  if (row.validation_status !== 'PENDING') return { row, parts: [] };
  const parts = await listParts(stores.objects, row);
  if (parts && row.upload?.type === 'multipart') return { row, parts };
  const finished = await finishUpload(stores, row);
  if (finished) return { row: finished, parts: [] };
  if (!parts) throw uploadNotFound(fileId);
  return { row, parts };
}

/** The parts that the store has; undefined where it does not know the upload, or not any more. */
async function listParts(objects: ObjectStore, row: FileRow): Promise<UploadedPart[] | undefined> {
  const upload = multipartOf(row);
  if (!upload) return [];
  try {
    return await objects.multipart.listParts(upload);
  } catch (error) {
    if (hasCode(error, 'UPLOAD_NOT_FOUND')) return undefined;
    throw error;
  }
}

/**
 * Finishes an upload whose object is there, as the workflow does when it is told of the object.
 *
 * @returns the row; undefined where there is no object
 * @throws UPLOAD_NOT_FOUND where the upload is being aborted
 */
export async function finishUpload(stores: Stores, row: FileRow): Promise<FileRow | undefined> {
  const object = await stores.objects.head(row.s3_key);
  if (!object) return undefined;
  const finished = await adoptObject(stores, object, row.file_id);
  if (!finished) throw uploadNotFound(row.file_id);
  return finished;
}

export function uploadNotFound(fileId: string): AppError {
  return new AppError(
    'UPLOAD_NOT_FOUND',
    `There is no upload ${fileId}: it was aborted, has expired, or never was.`,
  );
}
