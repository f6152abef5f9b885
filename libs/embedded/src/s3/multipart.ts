import { randomBytes } from 'node:crypto';
import { S3Error } from './errors.ts';
import { dropBodies } from './commit-object.ts';
import { isChecksumAlgorithm } from './integrity.ts';
import { readObjectHeaders } from './object-headers.ts';
import type { UploadRecord } from './object-index.ts';
import { DEFAULT_ALGORITHM } from './object-write.ts';
import { reply, replyXml, setHeaders } from './reply.ts';
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
  await store.locks.run(uploadLock(requireUpload(call)), () =>
    removeUpload(store, requireUpload(call)),
  );
  reply(response, 204);
}

/** Removes an upload and its parts. To be called under the upload's lock. */
export async function removeUpload(store: Store, upload: UploadRecord): Promise<void> {
  const parts = await store.index.parts(upload.id);
  const blobs = parts.map(({ blob }) => blob);
  await store.index.commit([
    store.index.deleteUpload(upload),
    ...parts.map(({ number }) => store.index.deletePart(upload.id, number)),
    ...dropBodies(store, blobs),
  ]);
  await store.blobs.remove(blobs);
}

/** Parts, Complete and Abort of one upload take turns. */
export function uploadLock({ bucket, id }: Pick<UploadRecord, 'bucket' | 'id'>): string {
  return `${bucket}/upload:${id}`;
}

/** Whether an upload is there still: for those who hold its lock. */
export function uploadExists(store: Store, upload: UploadRecord): boolean {
  return store.index.upload(upload.bucket, upload.key, upload.id) !== undefined;
}
