import { AppError, fileNameProblem, type Visibility } from '@file-upload/shared-types';
import { typeProblem, type FileRules } from '@file-upload/workflow';

/** The type of a file whose sender says none. */
export const DEFAULT_TYPE = 'application/octet-stream';

/**
 * What the workflow would reject, or not let everybody read, is not stored at all.
 *
 * @throws CONTENT_TYPE_NOT_ALLOWED, PUBLIC_FILES_NOT_ALLOWED
 */
export function requireAccepted(
  rules: FileRules,
  { contentType, visibility }: { contentType: string; visibility: Visibility },
): void {
  const problem = typeProblem(rules.types, contentType);
  if (problem) throw new AppError('CONTENT_TYPE_NOT_ALLOWED', problem);
  if (visibility === 'public' && !rules.publicRead) {
    throw new AppError(
      'PUBLIC_FILES_NOT_ALLOWED',
      'This service has no public files. Leave out visibility, or make it private.',
    );
  }
}

/** @throws INVALID_FILE_NAME */
export function requireFileName(name: string): void {
  const problem = fileNameProblem(name);
  if (problem) throw new AppError('INVALID_FILE_NAME', problem);
}
