import * as Type from 'typebox';
import type { Static } from 'typebox';
import { LIMITS } from './limits.ts';
import { reference } from './reference.ts';

/** RFC 9562 text form, lower case. */
export const FileId = Type.String({
  description: 'Identifies a file for its whole life.',
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  examples: ['019ab3c2-7e5d-7a41-9c3e-5d2f8b6a1e04'],
});

export const FileName = Type.String({
  description: 'The name for display, exactly as given. It never decides where bytes are stored.',
  minLength: 1,
  maxLength: LIMITS.fileNameLength,
  examples: ['holiday.jpg'],
});

/** RFC 9110 section 8.3.1 `type/subtype` with parameters, in characters HTTP allows. */
export const ContentType = Type.String({
  description: 'The media type, as in RFC 9110 section 8.3.1.',
  maxLength: LIMITS.contentTypeLength,
  pattern:
    "^[A-Za-z0-9!#$%&'*+.^_`|~-]+/[A-Za-z0-9!#$%&'*+.^_`|~-]+" +
    '([ \\t]*;[ \\t]*[A-Za-z0-9!#$%&\'*+.^_`|~-]+=([A-Za-z0-9!#$%&\'*+.^_`|~-]+|"[ !#-\\[\\]-~]*"))*$',
  examples: ['image/jpeg'],
});

export const CHECKSUM_ALGORITHMS = ['SHA256', 'CRC64NVME'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

export const Sha256Checksum = Type.Object(
  {
    algorithm: Type.Literal('SHA256'),
    value: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$', description: '32 bytes in base64.' }),
  },
  { $id: 'Sha256Checksum', additionalProperties: false },
);

/** The checksum whose value for a whole does not depend on how it was cut into parts. */
export const Crc64NvmeChecksum = Type.Object(
  {
    algorithm: Type.Literal('CRC64NVME'),
    value: Type.String({ pattern: '^[A-Za-z0-9+/]{11}=$', description: '8 bytes in base64.' }),
  },
  { $id: 'Crc64NvmeChecksum', additionalProperties: false },
);

/** A checksum of the whole file; the value is base64 of the big-endian bytes, as S3 writes it. */
export const Checksum = Type.Union([reference(Sha256Checksum), reference(Crc64NvmeChecksum)], {
  $id: 'Checksum',
  description: 'A checksum of the whole file.',
});
export type Checksum = Static<typeof Checksum>;

export const VISIBILITIES = ['public', 'private'] as const;
export const Visibility = Type.Enum(VISIBILITIES, {
  $id: 'Visibility',
  type: 'string',
  description: 'Whether anybody with the link may read the file once it is VALID.',
});
export type Visibility = Static<typeof Visibility>;

export const ValidationStatus = Type.Enum(['PENDING', 'UPLOADED', 'VALID', 'INVALID'], {
  $id: 'ValidationStatus',
  type: 'string',
  description:
    'PENDING: no bytes yet. UPLOADED: the bytes are durable. VALID or INVALID: they were examined.',
});
export type ValidationStatus = Static<typeof ValidationStatus>;

/** Every reason for which a file is INVALID. The meaning of a code never changes. */
export const REJECTION_CODES = [
  'OBJECT_MISSING',
  'SIZE_MISMATCH',
  'CHECKSUM_MISMATCH',
  'CONTENT_TYPE_MISMATCH',
  'CONTENT_TYPE_NOT_ALLOWED',
  'CONTENT_TRUNCATED',
  'FILE_TOO_LARGE',
  'INVALID_FILE_NAME',
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

export const ValidationError = Type.Object(
  {
    code: Type.Enum(REJECTION_CODES, { type: 'string', description: 'Stable, UPPER_SNAKE.' }),
    message: Type.String(),
  },
  { $id: 'ValidationError', description: 'Why a file is INVALID.' },
);
export type ValidationError = Static<typeof ValidationError>;

/** Why the examination or announcement of a file did not come to its end. */
export const ProcessingError = Type.Object(
  {
    code: Type.String({ description: 'The name of the fault.' }),
    message: Type.String(),
  },
  {
    $id: 'ProcessingError',
    description: 'Why the workflow has not come to its end; it is gone once it has.',
  },
);
export type ProcessingError = Static<typeof ProcessingError>;

/** The size of a picture as it is stored, before any rotation that its metadata asks for. */
export const ImageSize = Type.Object(
  {
    width: Type.Integer({ minimum: 0, description: 'Pixels.' }),
    height: Type.Integer({ minimum: 0, description: 'Pixels.' }),
  },
  { $id: 'ImageSize', description: 'The size of a picture as it is stored; of a VALID file.' },
);
export type ImageSize = Static<typeof ImageSize>;

/** One file, as the service describes it to its callers. */
export const FileMetadata = Type.Object(
  {
    file_id: FileId,
    file_name: FileName,
    content_type: ContentType,
    file_size: Type.Integer({ minimum: 0, description: 'Bytes.' }),
    s3_key: Type.String({ description: 'Where the object is in the bucket.' }),
    file_url: Type.String({ format: 'uri', description: 'Answers with the bytes of the file.' }),
    upload_time: Type.String({ format: 'date-time', description: 'RFC 3339, UTC.' }),
    validation_status: reference(ValidationStatus),
    validation_error: Type.Optional(reference(ValidationError)),
    processing_error: Type.Optional(reference(ProcessingError)),
    detected_type: Type.Optional(
      Type.String({ description: 'The media type that the bytes show; of a VALID file.' }),
    ),
    image: Type.Optional(reference(ImageSize)),
    checksum: Type.Optional(reference(Checksum)),
    visibility: reference(Visibility),
    owner: Type.String({
      description: 'Who uploaded the file; `anonymous` where nobody has to log in.',
    }),
  },
  { $id: 'FileMetadata', description: 'What the service knows of one file.' },
);
export type FileMetadata = Static<typeof FileMetadata>;

/** The owner of every file where no authentication is configured. */
export const ANONYMOUS = 'anonymous';

/** The object tag that, on a VALID public file, lets anybody read the object. */
export const PUBLIC_READ_TAG = { key: 'visibility', value: 'public' } as const;

/**
 * The metadata table: one item a file, keyed by `file_id`, and one index that lists an owner's
 * files by time. DynamoDB deletes items whose `expires_at` (seconds since 1970) is past.
 */
export const METADATA_TABLE = {
  partitionKey: 'file_id',
  ownerIndex: { name: 'owner-upload_time', partitionKey: 'owner', sortKey: 'upload_time' },
  ttlAttribute: 'expires_at',
} as const;
