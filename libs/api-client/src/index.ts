export * from './generated/index.ts';
export { client } from './generated/client.gen.ts';
export { createClient, type Client } from './generated/client/index.ts';
// These take the place of the generated ones.
export { createFile, getFileContent, validateFile, type ValidateFileData } from './files.ts';
export { uploadFile, type UploadFileOptions } from './upload-file.ts';
export { UploadError } from './upload-error.ts';
export type { UploadProgress } from './upload-progress.ts';
export type { SizedStream, UploadSource } from './upload-source.ts';
