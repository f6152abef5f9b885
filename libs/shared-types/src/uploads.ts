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
  Visibility,
} from './metadata.ts';
import { recordOf } from './record.ts';
import { reference } from './reference.ts';

/** `POST /uploads`. */
export const OpenUploadRequest = Type.Object(
  {
    file_name: FileName,
    file_size: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Bytes: exactly as many have to arrive.',
      examples: [1_073_741_824],
    }),
    content_type: Type.Optional(ContentType),
    visibility: Type.Optional(reference(Visibility)),
    checksum: Type.Optional(reference(Checksum)),
  },
  { $id: 'OpenUploadRequest', additionalProperties: false },
);
export type OpenUploadRequest = Static<typeof OpenUploadRequest>;

const SignedHeaders = recordOf(Type.String(), {
  description:
    'Send all of these as they are: they are signed. So is `Content-Length`, which clients set themselves.',
});
const SignedUrl = Type.String({ format: 'uri', description: 'Where to send the bytes.' });
const Time = (description: string) =>
  Type.String({ format: 'date-time', description: `RFC 3339, UTC: ${description}` });

/** Characters as in RFC 9110 section 8.8.3; S3 refuses a whole request for others. */
const ETag = Type.String({
  maxLength: 256,
  pattern: '^"?[!#-~]+"?$',
  description: 'As the store answered it, with its quotes or without.',
  examples: ['"9b2cf535f27731c974343645a3985328"'],
});

const PartNumber = Type.Integer({ minimum: 1, maximum: LIMITS.maxParts });

export const SinglePlan = Type.Object(
  {
    type: Type.Literal('single'),
    method: Type.Literal('PUT'),
    url: SignedUrl,
    headers: SignedHeaders,
  },
  {
    $id: 'SinglePlan',
    description: 'All bytes go in one request, which creates and never replaces.',
  },
);
export type SinglePlan = Static<typeof SinglePlan>;

export const MultipartPlan = Type.Object(
  {
    type: Type.Literal('multipart'),
    part_size: Type.Integer({
      minimum: LIMITS.minPartBytes,
      maximum: LIMITS.maxPartBytes,
      description: 'Bytes of every part but the last, which has the rest.',
    }),
    part_count: Type.Integer({ minimum: 1, maximum: LIMITS.maxParts }),
  },
  {
    $id: 'MultipartPlan',
    description: 'The bytes go in parts, in any order; `POST /uploads/{file_id}/parts` signs them.',
  },
);
export type MultipartPlan = Static<typeof MultipartPlan>;

const Plan = Type.Union([reference(SinglePlan), reference(MultipartPlan)]);

export const OpenedUpload = Type.Object(
  {
    file_id: FileId,
    expires_at: Time('when the upload is given up, unless it is complete.'),
    upload: Plan,
  },
  { $id: 'OpenedUpload', description: 'An upload that is open.' },
);
export type OpenedUpload = Static<typeof OpenedUpload>;

export const UploadedPart = Type.Object(
  {
    part_number: PartNumber,
    etag: ETag,
    size: Type.Integer({ minimum: 0, description: 'Bytes.' }),
  },
  { $id: 'UploadedPart', description: 'A part that the store has.' },
);
export type UploadedPart = Static<typeof UploadedPart>;

export const UploadState = Type.Object(
  {
    file_id: FileId,
    expires_at: Type.Union(
      [Time('when the upload is given up.'), Type.Null({ description: 'Once it is complete.' })],
      { description: 'When the upload is given up; null once it is complete.' },
    ),
    upload: Type.Union([Plan, Type.Null()], {
      description: 'The plan, signed anew; null once the upload is complete.',
    }),
    uploaded_parts: Type.Array(reference(UploadedPart), {
      description: 'What the store has, in order.',
    }),
    metadata: reference(FileMetadata),
  },
  { $id: 'UploadState', description: 'Where an upload stands: all that going on with it takes.' },
);
export type UploadState = Static<typeof UploadState>;

/** `POST /uploads/{file_id}/parts`. */
export const SignPartsRequest = Type.Object(
  {
    part_numbers: Type.Array(PartNumber, {
      minItems: 1,
      maxItems: LIMITS.partsPerRequest,
      uniqueItems: true,
    }),
    checksums: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9+/]{11}=$' }), {
        maxItems: LIMITS.partsPerRequest,
        description:
          'The CRC-64/NVME of each part in base64, in the order of `part_numbers`. The store verifies them.',
      }),
    ),
  },
  { $id: 'SignPartsRequest', additionalProperties: false },
);
export type SignPartsRequest = Static<typeof SignPartsRequest>;

export const SignedPart = Type.Object(
  {
    part_number: PartNumber,
    method: Type.Literal('PUT'),
    url: SignedUrl,
    headers: SignedHeaders,
  },
  { $id: 'SignedPart', description: 'A request that sends one part.' },
);
export type SignedPart = Static<typeof SignedPart>;

export const SignedParts = Type.Object(
  {
    parts: Type.Array(reference(SignedPart)),
    expires_at: Time('until when the requests can be sent; sign again after that.'),
  },
  { $id: 'SignedParts' },
);
export type SignedParts = Static<typeof SignedParts>;

export const CompletedPart = Type.Object(
  { part_number: PartNumber, etag: ETag },
  { $id: 'CompletedPart', description: 'A part as it was sent.', additionalProperties: false },
);
export type CompletedPart = Static<typeof CompletedPart>;

/** `POST /uploads/{file_id}/complete`. */
export const CompleteUploadRequest = Type.Object(
  {
    parts: Type.Optional(
      Type.Array(reference(CompletedPart), {
        maxItems: LIMITS.maxParts,
        description: "All parts, in any order. Without it, the store's own list is used.",
      }),
    ),
    checksum: Type.Optional(reference(Crc64NvmeChecksum)),
  },
  {
    $id: 'CompleteUploadRequest',
    description:
      'The checksum is for those who know it only at the end: it is verified like the one given at the start, and has to be the same where both are given.',
    additionalProperties: false,
  },
);
export type CompleteUploadRequest = Static<typeof CompleteUploadRequest>;
