import { LIMITS } from '@file-upload/shared-types';
import { commitNewBlob, dropBodies } from './commit-object.ts';
import { S3Error } from './errors.ts';
import { checksumElement, checksumHeader, type Digest } from './integrity.ts';
import { requireUpload, uploadExists, uploadLock } from './multipart.ts';
import { copySource, readSource } from './object-copy.ts';
import type { ObjectRecord, PartRecord, UploadRecord } from './object-index.ts';
import type { ByteRange } from './ranges.ts';
import { isoDate, reply, replyXml } from './reply.ts';
import { openRequestBody, type RequestBody } from './request-body.ts';
import { headerOf, type S3Request } from './request.ts';
import { holdBytes, receive, type Call, type Received, type Store } from './store.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export async function uploadPart(call: Call): Promise<void> {
  const { store, request, response } = call;
  const upload = requireUpload(call);
  const number = partNumber(request);
  const body = openRequestBody(call);
  requireAlgorithm(upload, body);
  const digests: Digest[] = [...body.digests, ...etagDigest(body), upload.checksum.algorithm];
  const received = await receive(store, body.chunks, digests, body.verify);
  const part = await commitPart(store, upload, number, received);
  const algorithm = body.checksum?.algorithm ?? upload.checksum.algorithm;
  reply(response, 200, {
    etag: `"${part.etag}"`,
    [checksumHeader(algorithm)]: received.digests.get(algorithm),
  });
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export async function uploadPartCopy(call: Call): Promise<void> {
  const { store, request, response } = call;
  const upload = requireUpload(call);
  const number = partNumber(request);
  const { algorithm } = upload.checksum;
  const object = readSource(call, copySource(call));
  const bytes = holdBytes(store, object.blobs);
  try {
    const { start, end } = sourceRange(request, object);
    const received = await receive(store, bytes.read(start, end), ['MD5', algorithm]);
    const part = await commitPart(store, upload, number, received);
    replyXml(response, 'CopyPartResult', {
      ETag: `"${part.etag}"`,
      LastModified: isoDate(part.lastModified),
      [checksumElement(algorithm)]: part.checksum,
    });
  } finally {
    bytes.release();
  }
}

async function commitPart(
  store: Store,
  upload: UploadRecord,
  number: number,
  received: Received,
): Promise<PartRecord> {
  const { blob, bytes, digests, etag } = received;
  const part: PartRecord = {
    number,
    blob,
    etag,
    lastModified: Date.now(),
    checksum: digests.get(upload.checksum.algorithm) ?? '',
  };
  const commit = async (): Promise<void> => {
    // The upload may have been completed or aborted while the bytes were coming.
    if (!uploadExists(store, upload)) {
      throw new S3Error('NoSuchUpload', undefined, { UploadId: upload.id });
    }
    const before = store.index.part(upload.id, number);
    const replaced = before ? [before.blob] : [];
    await store.index.commit([
      store.index.putPart(upload.id, part),
      ...(bytes ? [store.index.putBody(blob, bytes)] : []),
      ...dropBodies(store, replaced),
    ]);
    await store.blobs.remove(replaced);
  };
  await commitNewBlob(
    store,
    received,
    () => store.locks.run(uploadLock(upload), commit),
    () => [store.index.part(upload.id, number)?.blob].filter((found) => found !== undefined),
  );
  return part;
}

/**
 * What the ETag of a part is made of. S3 promises no MD5, and with KMS gives none; computing it would
 * cost more than all the rest of a part that is verified by its CRC64NVME.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html ETag
 */
function etagDigest({ checksum }: RequestBody): Digest[] {
  return checksum?.algorithm === 'CRC64NVME' ? [] : ['MD5'];
}

/**
 * The checksums of parts are of the upload's algorithm. Where the object's is made of those of the
 * parts, the client has to give them; where S3 chose the algorithm, any is verified.
 */
function requireAlgorithm({ checksum }: UploadRecord, body: RequestBody): void {
  const given = body.checksum?.algorithm;
  if (!checksum.declared || given === checksum.algorithm) return;
  if (given === undefined && checksum.type === 'FULL_OBJECT') return;
  throw new S3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${checksum.algorithm.toLowerCase()}, ` +
      `actual checksum Type: ${given?.toLowerCase() ?? 'null'}`,
  );
}

function partNumber({ query }: S3Request): number {
  const text = query.get('partNumber') ?? '';
  const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= LIMITS.maxParts) return number;
  throw new S3Error(
    'InvalidArgument',
    `Part number must be an integer between 1 and ${LIMITS.maxParts}, inclusive`,
    { ArgumentName: 'partNumber', ArgumentValue: text },
  );
}

/** Unlike `Range`, `x-amz-copy-source-range` has both ends and must lie inside the object. */
function sourceRange(request: S3Request, { size }: ObjectRecord): ByteRange {
  const header = headerOf(request.http, 'x-amz-copy-source-range');
  const match = /^bytes=([0-9]{1,15})-([0-9]{1,15})$/.exec(header ?? `bytes=0-${size - 1}`);
  const [start, end] = match ? [Number(match[1]), Number(match[2]) + 1] : [0, 0];
  if (header !== undefined && (start >= end || end > size)) {
    throw new S3Error(
      'InvalidArgument',
      `Range specified is not valid for source object of size: ${size}`,
    );
  }
  if (end - start > LIMITS.maxPartBytes) throw new S3Error('EntityTooLarge');
  return { start, end };
}
