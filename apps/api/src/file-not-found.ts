import { AppError } from '@file-upload/shared-types';

export function fileNotFound(fileId: string): AppError {
  return new AppError('FILE_NOT_FOUND', `There is no file ${fileId}.`);
}
