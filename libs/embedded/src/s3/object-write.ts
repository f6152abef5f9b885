import type { Received } from './store.ts';
import { commitNewBlob, commitObject, deleteObject } from './commit-object.ts';
import { checkWriteConditions } from './conditions.ts';
import { readObjectHeaders } from './object-headers.ts';
import type { CreationReason } from './object-events.ts';
import type { ObjectHeaders, ObjectRecord } from './object-index.ts';
import { checksumHeaders, reply } from './reply.ts';
import { openRequestBody } from './request-body.ts';
import { requestFields } from './request.ts';
import type { StoredChecksum } from './integrity.ts';
import type { S3ChecksumAlgorithm } from '@file-upload/storage';
import { receive, requireBucket, type Call, type Store } from './store.ts';

/** What S3 computes itself where the client names no checksum. */
export const DEFAULT_ALGORITHM: S3ChecksumAlgorithm = 'CRC64NVME';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export async function putObject(call: Call): Promise<void> {
  const { store, request, response } = call;
  const { bucket, key } = request;
  requireBucket(store, bucket);
  const fields = requestFields(request);
  const precondition = (current: ObjectRecord | undefined): void =>
    checkWriteConditions((name) => fields.get(name), current);
  precondition(store.index.object(bucket, key)); // before the bytes are sent for nothing
  const described = readObjectHeaders(fields);
  const body = openRequestBody(call);
  const algorithm = body.checksum?.algorithm ?? DEFAULT_ALGORITHM;
  const received = await receive(
    store,
    body.chunks,
    [...body.digests, 'MD5', algorithm],
    body.verify,
  );
  const record = await commitReceived(store, {
    bucket,
    key,
    received,
    described,
    algorithm,
    precondition,
    reason: 'PutObject',
  });
  reply(response, 200, { etag: `"${record.etag}"`, ...checksumHeaders(record.checksum) });
}

/** Makes bytes that were received in one piece an object. */
export async function commitReceived(
  store: Store,
  upload: {
    bucket: string;
    key: string;
    received: Received;
    described: ObjectHeaders;
    algorithm: S3ChecksumAlgorithm;
    precondition: (current: ObjectRecord | undefined) => void;
    reason: CreationReason;
  },
): Promise<ObjectRecord> {
  const { bucket, key, received, precondition, reason } = upload;
  const record: ObjectRecord = {
    ...upload.described,
    blobs: [received.blob],
    size: received.blob.size,
    etag: received.etag,
    lastModified: Date.now(),
    checksum: fullChecksum(upload.algorithm, received),
  };
  await commitNewBlob(
    store,
    received,
    () =>
      commitObject(store, {
        bucket,
        key,
        record,
        reason,
        precondition,
        ...(received.bytes && { bytes: received.bytes }),
      }),
    () => store.index.object(bucket, key)?.blobs ?? [],
  );
  return record;
}

function fullChecksum(algorithm: S3ChecksumAlgorithm, received: Received): StoredChecksum {
  return { algorithm, type: 'FULL_OBJECT', value: received.digests.get(algorithm) ?? '' };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export async function removeObject({ store, request, response }: Call): Promise<void> {
  await deleteObject(store, request.bucket, request.key);
  reply(response, 204);
}
