import { randomBytes } from 'node:crypto';
import { LIMITS } from '@file-upload/shared-types';
import { S3Error } from './errors.ts';
import { dropBodies } from './commit-object.ts';
import { isChecksumAlgorithm } from './integrity.ts';
import { readEncoding, readMax, takePage } from './list-page.ts';
import { OWNER } from './list-objects.ts';
import { readObjectHeaders } from './object-headers.ts';
import type { UploadRecord } from './object-index.ts';
import { DEFAULT_ALGORITHM } from './object-write.ts';
import { isoDate, reply, replyXml, setHeaders } from './reply.ts';
import { requestFields } from './request.ts';
import { requireBucket, type Call, type Store } from './store.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export async function createMultipartUpload({ store, request, response }: Call): Promise<void> {
  const { bucket, key } = request;
  requireBucket(store, bucket);
  const fields = requestFields(request);
  const checksum = readUploadChecksum(
    fields.get('x-amz-checksum-algorithm')?.toUpperCase(),
    fields.get('x-amz-checksum-type')?.toUpperCase(),
  );
  const initiatedAt = Date.now();
  const upload: UploadRecord = {
    ...readObjectHeaders(fields),
    bucket,
    key,
    // Ids of one key sort by time, as ListMultipartUploads gives them.
    id: initiatedAt.toString(16).padStart(12, '0') + randomBytes(20).toString('hex'),
    initiatedAt,
    checksum,
  };
  await store.locks.run(uploadLock(upload), async () => {
    requireBucket(store, bucket);
    await store.index.commit([store.index.putUpload(upload)]);
  });
  setHeaders(response, {
    'x-amz-checksum-algorithm': checksum.declared ? checksum.algorithm : undefined,
    'x-amz-checksum-type': checksum.declared ? checksum.type : undefined,
  });
  replyXml(response, 'InitiateMultipartUploadResult', {
    Bucket: bucket,
    Key: key,
    UploadId: upload.id,
  });
}

/**
 * Which whole-object checksum an upload ends with. SHA checksums of parts cannot be combined, so
 * theirs is composite; CRC-64/NVME is of the full object only; the other CRCs can be either.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
function readUploadChecksum(
  algorithm: string | undefined,
  type: string | undefined,
): UploadRecord['checksum'] {
  if (algorithm === undefined) {
    if (type !== undefined) {
      throw new S3Error(
        'InvalidRequest',
        'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
      );
    }
    return { algorithm: DEFAULT_ALGORITHM, type: 'FULL_OBJECT', declared: false };
  }
  if (!isChecksumAlgorithm(algorithm)) {
    throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  }
  const allowed =
    algorithm === 'CRC64NVME'
      ? ['FULL_OBJECT']
      : algorithm.startsWith('SHA')
        ? ['COMPOSITE']
        : ['COMPOSITE', 'FULL_OBJECT'];
  const chosen = type ?? allowed[0] ?? '';
  if (!allowed.includes(chosen)) {
    throw new S3Error(
      'InvalidRequest',
      `The ${chosen} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, type: chosen as 'COMPOSITE' | 'FULL_OBJECT', declared: true };
}

/** @throws S3Error NoSuchBucket, NoSuchUpload */
export function requireUpload({ store, request }: Call): UploadRecord {
  requireBucket(store, request.bucket);
  const id = request.query.get('uploadId') ?? '';
  const upload = store.index.upload(request.bucket, request.key, id);
  if (!upload) throw new S3Error('NoSuchUpload', undefined, { UploadId: id });
  return upload;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export async function abortMultipartUpload(call: Call): Promise<void> {
  const { store, response } = call;
  await store.locks.run(uploadLock(requireUpload(call)), async () => {
    const upload = requireUpload(call);
    const parts = await store.index.parts(upload.id);
    const blobs = parts.map(({ blob }) => blob);
    await store.index.commit([
      store.index.deleteUpload(upload),
      ...parts.map(({ number }) => store.index.deletePart(upload.id, number)),
      ...dropBodies(store, blobs),
    ]);
    await store.blobs.remove(blobs);
  });
  reply(response, 204);
}

/** Parts, Complete and Abort of one upload take turns. */
export function uploadLock({ bucket, id }: Pick<UploadRecord, 'bucket' | 'id'>): string {
  return `${bucket}/upload:${id}`;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export async function listParts(call: Call): Promise<void> {
  const { store, request, response } = call;
  const upload = requireUpload(call);
  const max = readMax(request.query.get('max-parts'), 'max-parts');
  const { encode, element } = readEncoding(request.query);
  const marker = request.query.get('part-number-marker') || '0';
  if (!/^[0-9]{1,9}$/.test(marker)) {
    throw new S3Error('InvalidArgument', 'Provided part-number-marker not an integer');
  }
  const after = Math.min(Number(marker), LIMITS.maxParts);
  const found = await store.index.parts(upload.id, after, max + 1);
  const parts = found.slice(0, max);
  const truncated = max > 0 && found.length > max;
  const { algorithm, type } = upload.checksum;
  replyXml(response, 'ListPartsResult', {
    Bucket: upload.bucket,
    Key: encode(upload.key),
    ...element,
    UploadId: upload.id,
    Initiator: OWNER,
    Owner: OWNER,
    StorageClass: 'STANDARD',
    PartNumberMarker: after,
    NextPartNumberMarker: truncated ? parts.at(-1)?.number : undefined,
    MaxParts: max,
    IsTruncated: truncated,
    ChecksumAlgorithm: algorithm,
    ChecksumType: type,
    Part: parts.map((part) => ({
      PartNumber: part.number,
      LastModified: isoDate(part.lastModified),
      ETag: `"${part.etag}"`,
      Size: part.blob.size,
      [`Checksum${algorithm}`]: part.checksum,
    })),
  });
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export async function listMultipartUploads({ store, request, response }: Call): Promise<void> {
  const { bucket, query } = request;
  requireBucket(store, bucket);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  // Without a key marker the upload id marker is ignored.
  const idMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
  const max = readMax(query.get('max-uploads'), 'max-uploads');
  const { encode, element } = readEncoding(query);
  const page = await takePage(store.index.uploads(bucket, prefix), {
    prefix,
    delimiter,
    after: idMarker === '' ? keyMarker && `${keyMarker}\0` : `${keyMarker}\0${idMarker}`,
    afterAll: idMarker === '',
    max,
    keyOf: ([, upload]) => upload.key,
  });
  const last = page.entries.at(-1)?.[1];
  const [nextKey, nextId] =
    last && page.last.startsWith(`${last.key}\0`) ? [last.key, last.id] : [page.last, ''];
  replyXml(response, 'ListMultipartUploadsResult', {
    Bucket: bucket,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker: page.truncated ? encode(nextKey) : undefined,
    NextUploadIdMarker: page.truncated ? nextId : undefined,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxUploads: max,
    ...element,
    IsTruncated: page.truncated,
    Upload: page.entries.map(([, upload]) => ({
      Key: encode(upload.key),
      UploadId: upload.id,
      Initiator: OWNER,
      Owner: OWNER,
      StorageClass: 'STANDARD',
      Initiated: isoDate(upload.initiatedAt),
      ...(upload.checksum.declared && {
        ChecksumAlgorithm: upload.checksum.algorithm,
        ChecksumType: upload.checksum.type,
      }),
    })),
    CommonPrefixes: page.commonPrefixes.map((commonPrefix) => ({ Prefix: encode(commonPrefix) })),
  });
}

/** Whether an upload is there still: for those who hold its lock. */
export function uploadExists(store: Store, upload: UploadRecord): boolean {
  return store.index.upload(upload.bucket, upload.key, upload.id) !== undefined;
}
