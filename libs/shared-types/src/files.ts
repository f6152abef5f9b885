import * as Type from 'typebox';
import type { Static } from 'typebox';
import { LIMITS } from './limits.ts';
import {
  Checksum,
  ContentType,
  Crc64NvmeChecksum,
  FileId,
  FileMetadata,
  FileName,
  Sha256Checksum,
  ValidationStatus,
  Visibility,
} from './metadata.ts';
import { reference } from './reference.ts';

/** `POST /files` as JSON. */
export const CreateFileRequest = Type.Object(
  {
    file_content: Type.String({
      description: `The bytes in base64 (RFC 4648 section 4): at most ${LIMITS.lambdaInlineBytes} bytes of file.`,
      examples: ['aGVsbG8='],
    }),
    file_name: Type.Optional(FileName),
    content_type: Type.Optional(ContentType),
    visibility: Type.Optional(reference(Visibility)),
    checksum: Type.Optional(reference(Checksum)),
  },
  { $id: 'CreateFileRequest', additionalProperties: false },
);
export type CreateFileRequest = Static<typeof CreateFileRequest>;

/** The fields of the form that are not the file, as text becomes them. */
export const CreateFileFormFields = Type.Object(
  {
    file_name: Type.Optional(FileName),
    content_type: Type.Optional(ContentType),
    visibility: Type.Optional(Visibility),
    checksum: Type.Optional(Type.Union([Sha256Checksum, Crc64NvmeChecksum])),
  },
  { additionalProperties: false },
);
export type CreateFileFormFields = Static<typeof CreateFileFormFields>;

/** `POST /files` as a form. The fields of a large file come before it: it is not held back. */
export const CreateFileForm = Type.Object(
  {
    ...CreateFileFormFields.properties,
    visibility: Type.Optional(reference(Visibility)),
    checksum: Type.Optional(reference(Checksum)),
    file: Type.String({
      format: 'binary',
      description: `The file: the last part, if it has more than ${LIMITS.lambdaInlineBytes} bytes.`,
    }),
  },
  { $id: 'CreateFileForm', additionalProperties: false },
);

export const CreateFileResponse = Type.Object(
  {
    message: Type.String(),
    file_id: FileId,
    file_url: FileMetadata.properties.file_url,
    metadata: reference(FileMetadata),
  },
  { $id: 'CreateFileResponse' },
);
export type CreateFileResponse = Static<typeof CreateFileResponse>;

/** `GET /files`: with `file_id` it validates that file now, without it it lists. */
export const ListFilesQuery = Type.Object({
  file_id: Type.Optional(FileId),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: LIMITS.pageSize, default: LIMITS.pageSize }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: 512, description: 'The `next_cursor` of the page before.' }),
  ),
  status: Type.Optional(reference(ValidationStatus)),
});
export type ListFilesQuery = Static<typeof ListFilesQuery>;

export const FileList = Type.Object(
  {
    files: Type.Array(reference(FileMetadata)),
    next_cursor: Type.Union([Type.String(), Type.Null()], {
      description: 'Asks for the next page; null on the last one.',
    }),
  },
  { $id: 'FileList', additionalProperties: false },
);
export type FileList = Static<typeof FileList>;

export const FileValidation = Type.Object(
  {
    message: Type.String(),
    validation_status: reference(ValidationStatus),
    metadata: reference(FileMetadata),
  },
  { $id: 'FileValidation', additionalProperties: false },
);
export type FileValidation = Static<typeof FileValidation>;

export const DependencyState = Type.Enum(['ok', 'unavailable'], {
  $id: 'DependencyState',
  type: 'string',
});

export const Health = Type.Object(
  {
    status: reference(DependencyState),
    dependencies: Type.Object({
      objects: reference(DependencyState),
      metadata: reference(DependencyState),
    }),
  },
  { $id: 'Health' },
);
export type Health = Static<typeof Health>;
