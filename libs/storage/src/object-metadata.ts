import type { Checksum, Visibility } from '@file-upload/shared-types';

/** What an object carries with it so that its row can be rebuilt from the bucket alone. */
export interface ObjectDescription {
  fileName: string;
  owner: string;
  visibility: Visibility;
  /** RFC 3339, UTC. */
  uploadTime: string;
  /** Bytes that the client declared, where it did. */
  declaredSize?: number | undefined;
  /** The checksum the client declared; S3 keeps the one it verified itself. */
  declaredChecksum?: Checksum | undefined;
}

/** An object to be created. Keys are chosen by the server, never by a client. */
export interface NewObject {
  key: string;
  contentType: string;
  description: ObjectDescription;
}

/** An object that is in the bucket. */
export interface StoredObject {
  key: string;
  /** Bytes. */
  size: number;
  etag: string;
  /** Only in a bucket that keeps versions. */
  versionId: string | undefined;
  contentType: string;
  lastModified: Date;
  /** The whole-file checksum that S3 verified; undefined where it only has one of the parts. */
  checksum: Checksum | undefined;
  /** Undefined when another program wrote the object. */
  description: ObjectDescription | undefined;
}

/**
 * An object's description as S3 user metadata. S3 takes ASCII and at most 2 KB in all, so text is
 * base64url of its UTF-8: 255 emoji take 1,360 bytes, where percent-encoding would take 3,060.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata
 */
export function encodeDescription(description: ObjectDescription): Record<string, string> {
  const { declaredSize, declaredChecksum: checksum } = description;
  return {
    'file-name': toBase64(description.fileName),
    owner: toBase64(description.owner),
    visibility: description.visibility,
    'upload-time': description.uploadTime,
    ...(declaredSize !== undefined && { 'file-size': String(declaredSize) }),
    ...(checksum && { checksum: `${checksum.algorithm}:${checksum.value}` }),
  };
}

/** The description in an object's user metadata; undefined when this service did not write it. */
export function decodeDescription(
  metadata: Readonly<Record<string, string>> = {},
): ObjectDescription | undefined {
  const { 'file-name': fileName, owner, visibility, 'upload-time': uploadTime } = metadata;
  if (!fileName || !owner || !uploadTime) return undefined;
  if (visibility !== 'public' && visibility !== 'private') return undefined;
  return {
    fileName: fromBase64(fileName),
    owner: fromBase64(owner),
    visibility,
    uploadTime,
    declaredSize: parseSize(metadata['file-size']),
    declaredChecksum: parseChecksum(metadata['checksum']),
  };
}

function parseSize(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function parseChecksum(text: string | undefined): Checksum | undefined {
  const [algorithm, value] = text?.split(':') ?? [];
  if (value === undefined) return undefined;
  if (algorithm === 'SHA256' || algorithm === 'CRC64NVME') return { algorithm, value };
  return undefined;
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64url').toString('utf8');
}
