import { client } from './generated/client.gen.ts';
import type { RequestResult } from './generated/client/index.ts';
import { formDataBodySerializer } from './generated/core/bodySerializer.gen.ts';
import {
  createFile as createFileInAnyOrder,
  getFileContent as getParsedContent,
  type Options,
} from './generated/sdk.gen.ts';
import type {
  CreateFileData,
  CreateFileErrors,
  CreateFileResponses,
  FileValidation,
  GetFileContentData,
  GetFileContentErrors,
  GetFileContentResponses,
  ListFilesErrors,
} from './generated/types.gen.ts';

/**
 * Stores a file in one request. Takes the name and type of a `File`; a `Blob` needs a `file_name`.
 * Larger files than the service takes in one request answer `FILE_TOO_LARGE`.
 */
export function createFile<ThrowOnError extends boolean = false>(
  options: Options<CreateFileData, ThrowOnError>,
): RequestResult<CreateFileResponses, CreateFileErrors, ThrowOnError> {
  return createFileInAnyOrder<ThrowOnError>({ bodySerializer: toForm, ...options });
}

/** The service streams the file, so it has to know the fields before the file begins. */
function toForm(body: unknown): FormData {
  const { file, ...fields } = body as CreateFileData['body'];
  return formDataBodySerializer.bodySerializer({ ...fields, file });
}

/** Reads the bytes of a file, as a `Blob` whatever their type. */
export function getFileContent<ThrowOnError extends boolean = false>(
  options: Options<GetFileContentData, ThrowOnError>,
): RequestResult<GetFileContentResponses, GetFileContentErrors, ThrowOnError> {
  return getParsedContent<ThrowOnError>({ parseAs: 'blob', ...options });
}

export interface ValidateFileData {
  body?: never;
  path?: never;
  query: { file_id: string };
  url: '/files';
}

/** Checks now that the bytes of a file are there, records the verdict and returns it. */
export function validateFile<ThrowOnError extends boolean = false>(
  options: Options<ValidateFileData, ThrowOnError>,
): RequestResult<{ 200: FileValidation }, ListFilesErrors, ThrowOnError> {
  return (options.client ?? client).get<{ 200: FileValidation }, ListFilesErrors, ThrowOnError>({
    url: '/files',
    ...options,
  });
}
