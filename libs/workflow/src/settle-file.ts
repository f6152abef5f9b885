import { PUBLIC_READ_TAG } from '@file-upload/shared-types';
import { hasCode, type FileRow, type StoredObject } from '@file-upload/storage';
import type { Stores } from './adopt-object.ts';
import { contentOf, type FileRules, type Finding } from './examine-file.ts';
import { readImageSize } from './image.ts';

/** The object that was examined. */
export type ExaminedObject = Pick<StoredObject, 'key' | 'size' | 'etag' | 'versionId'>;

/**
 * Records that a file is VALID, with what its bytes tell, and then lets everybody read it where it
 * is public and the rules let them: in this order, so that nothing is public that is not VALID.
 *
 * @param retries how often examining it was tried again
 * @returns the row; undefined where the file is being deleted
 */
export async function acceptFile(
  { objects, metadata, rules }: Stores & { rules: Pick<FileRules, 'publicRead'> },
  row: FileRow,
  object: ExaminedObject,
  finding: Finding & { status: 'VALID' },
  retries = 0,
): Promise<FileRow | undefined> {
  const { file_id } = row;
  const type = finding.detected_type ?? row.content_type;
  const image = type.startsWith('image/')
    ? await readImageSize(contentOf(objects, object))
    : undefined;
  const accepted = await metadata.recordVerdict(file_id, { ...finding, image }, retries);
  if (!rules.publicRead || accepted?.visibility !== 'public' || accepted.published) return accepted;

  const { key, value } = PUBLIC_READ_TAG;
  await objects.setTags(object.key, { [key]: value }, object.versionId);
  await metadata.recordPublished(file_id, true);
  return accepted;
}

/**
 * Makes sure that nobody but the service can read a file, and then records that it is INVALID.
 *
 * @param retries how often examining it was tried again
 * @returns the row; undefined where the file is being deleted
 */
export async function rejectFile(
  { objects, metadata }: Stores,
  row: FileRow,
  { error }: Finding & { status: 'INVALID' },
  retries = 0,
): Promise<FileRow | undefined> {
  if (row.visibility === 'public') {
    await objects.setTags(row.s3_key, {}).catch((cause: unknown) => {
      if (!hasCode(cause, 'OBJECT_MISSING')) throw cause;
    });
    await metadata.recordPublished(row.file_id, false);
  }
  return await metadata.recordVerdict(row.file_id, { status: 'INVALID', error }, retries);
}
