export { allowUploadsFrom } from './bucket-cors.ts';
export * from './checksum.ts';
export * from './clients.ts';
export { hasCode } from './errors.ts';
export * from './file-metadata.ts';
export * from './file-row.ts';
export type { FilePage, ListOptions } from './listing.ts';
export * from './metadata-store.ts';
export * from './metadata-table.ts';
export type { MultipartUpload, UploadedPart } from './multipart.ts';
export * from './object-metadata.ts';
export {
  createObjectStore,
  type ListedObject,
  type ObjectBody,
  type ObjectStore,
} from './object-store.ts';
export type { PresignedForm, PresignedRequest } from './presigner.ts';
export type { StagedObject, StageOptions } from './staged-object.ts';
