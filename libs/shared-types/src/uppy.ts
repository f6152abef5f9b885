import * as Type from 'typebox';
import type { Static } from 'typebox';
import { LIMITS } from './limits.ts';
import { ContentType, FileName, Visibility } from './metadata.ts';
import { recordOf } from './record.ts';
import { reference } from './reference.ts';

/**
 * What Uppy's @uppy/aws-s3 sends to a Companion and reads of its answers, in Companion's own names.
 *
 * @see https://uppy.io/docs/aws-s3/
 */

const Key = Type.String({ description: 'The `key` that was answered when the upload was opened.' });
const UploadId = Type.String({
  maxLength: 1024,
  description: 'The `uploadId` that was answered when the upload was opened.',
});
const PartNumber = Type.Integer({ minimum: 1, maximum: LIMITS.maxParts });
const Url = Type.String({ format: 'uri', description: 'Where to send the bytes.' });
/** Browsers have none for files that they do not know. */
const FileType = Type.Union([ContentType, Type.Literal('')], {
  description: 'The media type; none where it is empty.',
});

/** The query of `GET /s3/params`. What else of `metadata` Uppy sends is ignored. */
export const UppyFormQuery = Type.Object({
  filename: FileName,
  type: Type.Optional(FileType),
  'metadata[visibility]': Type.Optional(
    // Uppy makes text of what is not set.
    Type.Union([
      reference(Visibility),
      Type.Literal(''),
      Type.Literal('null'),
      Type.Literal('undefined'),
    ]),
  ),
});
export type UppyFormQuery = Static<typeof UppyFormQuery>;

export const UppyForm = Type.Object(
  {
    method: Type.Literal('POST'),
    url: Url,
    fields: recordOf(Type.String(), {
      description: 'The fields of the form, before the file. All of them are signed.',
    }),
    expires: Type.Integer({ description: 'Seconds until when the form can be posted.' }),
  },
  { $id: 'UppyForm' },
);
export type UppyForm = Static<typeof UppyForm>;

/** The body of `POST /s3/multipart`. What else of `metadata` Uppy sends is ignored. */
export const UppyUploadRequest = Type.Object(
  {
    filename: FileName,
    type: Type.Optional(FileType),
    metadata: Type.Optional(
      Type.Object({ visibility: Type.Optional(Type.Union([reference(Visibility), Type.Null()])) }),
    ),
  },
  { $id: 'UppyUploadRequest' },
);
export type UppyUploadRequest = Static<typeof UppyUploadRequest>;

export const UppyUpload = Type.Object(
  { key: Key, uploadId: UploadId, bucket: Type.String() },
  { $id: 'UppyUpload', description: 'An upload in parts that is open.' },
);
export type UppyUpload = Static<typeof UppyUpload>;

export const UppyUploadParams = Type.Object({ uploadId: UploadId });
export const UppyPartParams = Type.Object({ uploadId: UploadId, partNumber: PartNumber });
export const UppyKeyQuery = Type.Object({ key: Key });
export const UppyBatchQuery = Type.Object({
  key: Key,
  partNumbers: Type.String({
    pattern: `^\\d{1,5}(,\\d{1,5}){0,${LIMITS.partsPerRequest - 1}}$`,
    description: `1 to ${LIMITS.partsPerRequest} numbers with commas between them.`,
    examples: ['1,2,3'],
  }),
});

export const UppyPartUrl = Type.Object(
  {
    url: Url,
    expires: Type.Integer({ description: 'Seconds until when the part can be sent.' }),
  },
  { $id: 'UppyPartUrl' },
);
export const UppyPartUrls = Type.Object(
  {
    presignedUrls: recordOf(Url, { description: 'By the numbers of the parts.' }),
  },
  { $id: 'UppyPartUrls' },
);

const ETag = Type.String({
  minLength: 1,
  maxLength: 256,
  description: 'As the store answered it, with its quotes or without.',
});

export const UppyPart = Type.Object(
  { PartNumber, ETag, Size: Type.Integer({ minimum: 0, description: 'Bytes.' }) },
  { $id: 'UppyPart', description: 'A part that the store has.' },
);
export const UppyParts = Type.Array(reference(UppyPart), {
  $id: 'UppyParts',
  description: 'In order.',
});

export const UppySentPart = Type.Object(
  { PartNumber, ETag },
  { $id: 'UppySentPart', description: 'A part, as the client knows it.' },
);

/** The body of `POST /s3/multipart/{uploadId}/complete`. */
export const UppyCompleteRequest = Type.Object(
  { parts: Type.Array(reference(UppySentPart), { maxItems: LIMITS.maxParts }) },
  { $id: 'UppyCompleteRequest' },
);
export type UppyCompleteRequest = Static<typeof UppyCompleteRequest>;

export const UppyFile = Type.Object(
  {
    location: Type.String({ format: 'uri', description: 'Answers with the bytes of the file.' }),
    key: Key,
    bucket: Type.String(),
  },
  { $id: 'UppyFile' },
);
