import { ANONYMOUS, LIMITS, objectKey, type RejectionCode } from '@file-upload/shared-types';
import type { Visibility } from '@file-upload/shared-types';
import { derivedId } from '@file-upload/workflow';
import { PNG, putObject, sha256, type StoresWithClients } from './reindex-files.ts';

/** A kind of file, and the verdict on it. */
export interface FileKind {
  name: string;
  contentType: string;
  bytes: (index: number) => Buffer;
  visibility: Visibility;
  /** Undefined: VALID. */
  code?: RejectionCode;
  /** Its description declares the checksum of other bytes. */
  lies?: true;
  /** Put by a program that knows nothing of the service. */
  isForeign?: true;
}

/** How far the api came with a file before it died. */
const ORIGINS = ['recorded', 'reserved', 'not recorded'] as const;
export type Origin = (typeof ORIGINS)[number] | 'foreign';

export interface KnownFile {
  kind: FileKind;
  origin: Origin;
  fileId: string;
  key: string;
}

const text = (index: number) => Buffer.from(`This is file ${index}.\n`);
const binary = (index: number) => Buffer.from([0xf1, 0xf2, 0xf3, 0xf4, index >> 8, index & 0xff]);
const html = (index: number) => Buffer.from(`<!DOCTYPE html><title>${index}</title>`);
const png = () => PNG;

export const FILE_KINDS: readonly FileKind[] = [
  { name: 'text', contentType: 'text/plain', bytes: text, visibility: 'private' },
  { name: 'text, public', contentType: 'text/plain', bytes: text, visibility: 'public' },
  { name: 'bytes', contentType: 'application/octet-stream', bytes: binary, visibility: 'private' },
  { name: 'PNG', contentType: 'image/png', bytes: png, visibility: 'private' },
  { name: 'PNG, public', contentType: 'image/png', bytes: png, visibility: 'public' },
  {
    name: 'nothing',
    contentType: 'text/plain',
    bytes: () => Buffer.alloc(0),
    visibility: 'private',
  },
  {
    name: 'HTML as PNG, public',
    contentType: 'image/png',
    bytes: html,
    visibility: 'public',
    code: 'CONTENT_TYPE_MISMATCH',
  },
  {
    name: 'PNG as PDF',
    contentType: 'application/pdf',
    bytes: png,
    visibility: 'private',
    code: 'CONTENT_TYPE_MISMATCH',
  },
  {
    name: 'half a PNG, public',
    contentType: 'image/png',
    bytes: () => PNG.subarray(0, PNG.length / 2),
    visibility: 'public',
    code: 'CONTENT_TRUNCATED',
  },
  {
    name: 'other bytes than declared',
    contentType: 'text/plain',
    bytes: text,
    visibility: 'private',
    code: 'CHECKSUM_MISMATCH',
    lies: true,
  },
  {
    name: "another program's text",
    contentType: 'text/plain',
    bytes: text,
    visibility: 'private',
    isForeign: true,
  },
  {
    name: "another program's PNG",
    contentType: 'image/png',
    bytes: png,
    visibility: 'private',
    isForeign: true,
  },
  {
    name: "another program's HTML as PNG",
    contentType: 'image/png',
    bytes: html,
    visibility: 'private',
    code: 'CONTENT_TYPE_MISMATCH',
    isForeign: true,
  },
];

/** Files of all kinds and origins in turn, with ids that are the same in every run. */
export function knownFiles(howMany: number): KnownFile[] {
  return Array.from({ length: howMany }, (_, index) => {
    const kind = FILE_KINDS[index % FILE_KINDS.length]!;
    if (kind.isForeign) {
      const key = `another/program/${index}.bin`;
      return { kind, origin: 'foreign', fileId: derivedId(key), key };
    }
    const origin = ORIGINS[Math.floor(index / FILE_KINDS.length) % ORIGINS.length]!;
    const fileId = derivedId('faults', String(index));
    return { kind, origin, fileId, key: objectKey(fileId, nameOf(index)) };
  });
}

const nameOf = (index: number) => `file ${index}.bin`;

/** Stores a file as whoever made it did, up to where its origin says. */
export async function storeKnownFile(
  stores: StoresWithClients,
  { kind, origin, fileId, key }: KnownFile,
  index: number,
): Promise<void> {
  const bytes = kind.bytes(index);
  const { contentType, visibility } = kind;
  if (origin === 'foreign') return putObject(stores, key, bytes, contentType);

  const { objects, metadata } = stores;
  const fileName = nameOf(index);
  const uploadTime = new Date().toISOString();
  const checksum = sha256(bytes);
  const row = {
    file_id: fileId,
    file_name: fileName,
    content_type: contentType,
    s3_key: key,
    upload_time: uploadTime,
    visibility,
    owner: ANONYMOUS,
  };
  if (origin !== 'not recorded') {
    await metadata.claim({
      ...row,
      validation_status: 'PENDING',
      expires_at: Math.floor(Date.now() / 1000) + LIMITS.pendingSeconds,
    });
  }
  const declaredChecksum = kind.lies ? sha256(Buffer.from('other bytes')) : undefined;
  const description = { fileName, owner: ANONYMOUS, visibility, uploadTime, declaredChecksum };
  await objects.create({ key, contentType, description }, bytes, checksum);
  if (origin === 'recorded') {
    await metadata.recordStored({
      ...row,
      validation_status: 'UPLOADED',
      file_size: bytes.length,
      checksum,
    });
  }
}
