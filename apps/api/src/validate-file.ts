import { AppError } from '@file-upload/shared-types';
import type { FileRow } from '@file-upload/storage';
import {
  acceptFile,
  examineFile,
  rejectFile,
  type FileRules,
  type Stores,
} from '@file-upload/workflow';
import { fileNotFound } from './file-not-found.ts';

/**
 * Examines a file now, by the rules of the workflow, and records what was found. It announces
 * nothing: that is the workflow's.
 *
 * @throws FILE_NOT_FOUND, FILE_NOT_READY, OBJECT_MISSING where the row exists and the object does not
 */
export async function validateFile(
  stores: Stores,
  rules: FileRules,
  fileId: string,
): Promise<FileRow> {
  const row = await stores.metadata.get(fileId);
  if (!row) throw fileNotFound(fileId);
  if (row.validation_status === 'PENDING') {
    throw new AppError('FILE_NOT_READY', 'The bytes of this file have not arrived yet.');
  }
  const object = await stores.objects.head(row.s3_key);
  const finding = await examineFile(stores.objects, rules, row, object);
  const settled =
    finding.status === 'VALID' && object
      ? await acceptFile({ ...stores, rules }, row, object, finding)
      : finding.status === 'INVALID' && (await rejectFile(stores, row, finding));
  if (!settled) throw fileNotFound(fileId);
  if (!object) {
    throw new AppError('OBJECT_MISSING', 'The bytes of this file are gone.', {
      details: { validation_status: 'INVALID' },
    });
  }
  return settled;
}
