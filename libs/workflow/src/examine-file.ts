import {
  fileNameProblem,
  LIMITS,
  type RejectionCode,
  type ValidationError,
} from '@file-upload/shared-types';
import { type FileRow, type ObjectStore, type StoredObject } from '@file-upload/storage';
import { examineContent, type ContentSource } from './content.ts';
import { typeProblem, type TypeRules } from './type-rules.ts';

/** What this installation takes. */
export interface FileRules {
  types: TypeRules;
  /** Bytes. */
  maxFileBytes: number;
  /** Whether anybody may read public files in the bucket. */
  publicRead: boolean;
}

/** Takes every file that S3 takes. */
export const EVERY_FILE: FileRules = {
  types: { allowed: [], denied: [] },
  maxFileBytes: LIMITS.maxObjectBytes,
  publicRead: true,
};

/** What was found of a file. */
export type Finding =
  | { status: 'VALID'; detected_type?: string | undefined }
  | { status: 'INVALID'; error: ValidationError };

/** The object's bytes, as long as it is the one that was looked at. */
export function contentOf(
  objects: ObjectStore,
  { key, size, etag }: ContentLocation,
): ContentSource {
  return {
    size,
    read: async (first, last) =>
      Buffer.concat(await Array.fromAsync(objects.read(key, { first, last }, etag))),
  };
}
type ContentLocation = Pick<StoredObject, 'key' | 'size' | 'etag'>;

/**
 * Examines a stored file: that its object is there, whole and as declared, that its bytes do not
 * contradict its type, and that its name, type and size are allowed. Reads little of it.
 *
 * @param object undefined where there is none
 */
export async function examineFile(
  objects: ObjectStore,
  rules: FileRules,
  row: FileRow,
  object: StoredObject | undefined,
): Promise<Finding> {
  if (!object) return invalid('OBJECT_MISSING', 'The bytes of this file are gone.');
  const known = problemOfMetadata(rules, row, object);
  if (known) return known;

  const { detectedType, problem } = await examineContent(
    contentOf(objects, object),
    row.content_type,
  );
  if (problem) return { status: 'INVALID', error: problem };
  // Only what is denied: many types that are allowed look like another one, a docx like a ZIP.
  const notAllowed = detectedType && typeProblem({ ...rules.types, allowed: [] }, detectedType);
  if (notAllowed) return invalid('CONTENT_TYPE_NOT_ALLOWED', notAllowed);
  return { status: 'VALID', detected_type: detectedType };
}

/** What can be said without reading a byte. */
function problemOfMetadata(
  { types, maxFileBytes }: FileRules,
  row: FileRow,
  object: StoredObject,
): Finding | undefined {
  const name = fileNameProblem(row.file_name);
  if (name) return invalid('INVALID_FILE_NAME', name);
  if (object.size > maxFileBytes) {
    return invalid(
      'FILE_TOO_LARGE',
      `The file has ${object.size} bytes; at most ${maxFileBytes} are allowed.`,
    );
  }
  const type = typeProblem(types, row.content_type);
  if (type) return invalid('CONTENT_TYPE_NOT_ALLOWED', type);
  if (row.file_size !== object.size) {
    return invalid(
      'SIZE_MISMATCH',
      `The file was declared with ${row.file_size} bytes and has ${object.size}. Upload it again.`,
    );
  }
  const { checksum } = row;
  for (const other of [object.description?.declaredChecksum, object.checksum]) {
    if (checksum && other?.algorithm === checksum.algorithm && other.value !== checksum.value) {
      return invalid(
        'CHECKSUM_MISMATCH',
        `The ${checksum.algorithm} of the stored bytes is not the one that was declared. Upload the file again.`,
      );
    }
  }
  return undefined;
}

function invalid(code: RejectionCode, message: string): Finding {
  return { status: 'INVALID', error: { code, message } };
}
