import { AppError } from '@file-upload/shared-types';
import { hasCode, type FileRow, type ListedObject } from '@file-upload/storage';
import {
  acceptFile,
  adoptObject,
  examineFile,
  findFile,
  rejectFile,
  takeIncoming,
  type FileRules,
  type Finding,
} from '@file-upload/workflow';
import type { Counts } from './reindex-report.ts';
import type { Stores } from '@file-upload/workflow';

export interface IndexOptions {
  rules: FileRules;
  /** Whether every object is examined, and not only where its row gives a reason. */
  verify: boolean;
  /** Of a dry run: the ids of the files that are being deleted. */
  dryRun?: { beingDeleted: ReadonlySet<string> } | undefined;
}

/** How often an object is looked at again that changes while it is looked at. */
const ATTEMPTS = 3;

/** Sees to it that an object has its row, and that the row has the right verdict. */
export async function indexObject(
  stores: Stores,
  listed: Pick<ListedObject, 'key' | 'size'>,
  options: IndexOptions,
): Promise<Counts> {
  if (listed.key.endsWith('/')) return {};
  for (let attempt = 1; ; attempt++) {
    try {
      return await indexOnce(stores, listed, options);
    } catch (error) {
      const hasChanged = hasCode(error, 'OBJECT_MISSING', 'PRECONDITION_FAILED');
      if (!hasChanged || attempt === ATTEMPTS) throw error;
    }
  }
}

async function indexOnce(
  stores: Stores,
  { key, size }: Pick<ListedObject, 'key' | 'size'>,
  options: IndexOptions,
): Promise<Counts> {
  const { rules, verify, dryRun } = options;
  const { objects, metadata } = stores;
  const known = await findFile(metadata, key);
  if (known.row && !verify && isSettled(known.row, size, rules)) return {};

  const object = await objects.head(key);
  if (!object) return {}; // Deleted since it was listed.
  if (!dryRun) {
    const target = await takeIncoming(objects, object);
    if (target !== undefined) return await indexOnce(stores, { key: target, size }, options);
  }
  // Read after the object: a deletion hides the row before it removes the object.
  const { fileId, row: found } = await findFile(metadata, key, object.description);
  const before = found?.validation_status === 'PENDING' ? undefined : found;
  const adopting = dryRun ? withoutWrites(stores, dryRun.beingDeleted) : stores;
  const row = before ?? (await adoptObject(adopting, object, fileId));
  if (!row) return {}; // It is being deleted.

  const finding = await examineFile(objects, rules, row, object);
  if (!dryRun) {
    const settled =
      finding.status === 'VALID'
        ? await acceptFile({ ...stores, rules }, row, object, finding)
        : await rejectFile(stores, row, finding);
    if (!settled) return {};
  }
  return {
    ...(!before && { rows_rebuilt: 1 }),
    examined: 1,
    ...(finding.status === 'VALID' ? { valid: 1 } : { invalid: 1 }),
    ...(before && isCorrection(before, finding, rules) && { rows_corrected: 1 }),
  };
}

/** Whether nothing about a row gives a reason to look at its object, which has `size` bytes. */
function isSettled(row: FileRow, size: number, rules: FileRules): boolean {
  const { validation_status, validation_error, file_size } = row;
  if (validation_status === 'PENDING' || validation_status === 'UPLOADED') return false;
  const code = validation_error?.code;
  if (code === 'OBJECT_MISSING' || (file_size === size) === (code === 'SIZE_MISMATCH')) {
    return false;
  }
  return isPublishedRightly(row, validation_status, rules);
}

/** Whether anybody may read the object where they should, and nobody where not. */
function isPublishedRightly(
  { visibility, published }: FileRow,
  status: string,
  { publicRead }: FileRules,
): boolean {
  return !publicRead || (published === true) === (visibility === 'public' && status === 'VALID');
}

/** Whether a row that has a verdict is changed by what was found. */
function isCorrection(before: FileRow, finding: Finding, rules: FileRules): boolean {
  if (before.validation_status === 'UPLOADED') return false;
  const code = finding.status === 'INVALID' ? finding.error.code : undefined;
  return (
    before.validation_status !== finding.status ||
    before.validation_error?.code !== code ||
    !isPublishedRightly(before, finding.status, rules)
  );
}

/** Stores that adopt an object as the real ones would, and keep nothing of it. */
function withoutWrites({ objects, metadata }: Stores, beingDeleted: ReadonlySet<string>): Stores {
  return {
    objects,
    metadata: {
      ...metadata,
      async claim(row) {
        const { file_id, s3_key } = row;
        if (beingDeleted.has(file_id) || (await metadata.isBuried(file_id, s3_key))) {
          throw new AppError('CONFLICT', 'The file is being deleted.');
        }
        return (await metadata.get(file_id)) ?? row;
      },
      finishClaim: (row) => Promise.resolve(row),
      isBuried: () => Promise.resolve(false),
    },
  };
}
