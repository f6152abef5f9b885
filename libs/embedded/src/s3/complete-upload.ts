import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { LIMITS } from '@file-upload/shared-types';
import { S3_CHECKSUM_ALGORITHMS, checksumOf, combineCrc } from '@file-upload/storage';
import { commitObject, dropBodies } from './commit-object.ts';
import { checkWriteConditions, unquote } from './conditions.ts';
import { S3Error } from './errors.ts';
import { checksumElement, checksumHeader, type StoredChecksum } from './integrity.ts';
import { requireUpload, uploadLock } from './multipart.ts';
import type { ObjectRecord, PartRecord, UploadRecord } from './object-index.ts';
import { checksumElements, replyXml } from './reply.ts';
import { collectBody, openRequestBody } from './request-body.ts';
import { headerOf } from './request.ts';
import { requireBucket, type Call } from './store.ts';
import { readXml } from './xml.ts';

/** 10,000 parts with a SHA-256 each fit into half of this. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** A part as the client lists it. */
interface ListedPart {
  number: number;
  etag: string;
  /** By algorithm, in base64. */
  checksums: Map<string, string>;
}

/**
 * Makes the parts one object. No byte is touched: the object consists of the parts' blobs.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export async function completeMultipartUpload(call: Call): Promise<void> {
  const { store, request, response } = call;
  const { bucket, key } = request;
  requireBucket(store, bucket);
  // Its checksum header is of the object, not of the list that is the body.
  const body = await collectBody(openRequestBody(call, null), MAX_BODY_BYTES);
  const listed = readList(body.toString());
  const uploadId = request.query.get('uploadId') ?? '';

  const record = await store.locks.run(uploadLock({ bucket, id: uploadId }), async () => {
    const done = store.index.object(bucket, key);
    // The answer to a first call may have been lost: the same call again has the same answer.
    if (done?.uploadId === uploadId) return done;
    return complete(call, requireUpload(call), listed);
  });
  replyXml(response, 'CompleteMultipartUploadResult', {
    Location: `http://${headerOf(request.http, 'host') ?? ''}${request.rawPath}`,
    Bucket: bucket,
    Key: key,
    ETag: `"${record.etag}"`,
    ...checksumElements(record.checksum),
  });
}

async function complete(
  { store, request }: Call,
  upload: UploadRecord,
  listed: ListedPart[],
): Promise<ObjectRecord> {
  const field = (name: string): string | undefined => headerOf(request.http, name);
  const stored = new Map((await store.index.parts(upload.id)).map((part) => [part.number, part]));
  const parts = chooseParts(upload, listed, stored);
  const size = parts.reduce((sum, { blob }) => sum + blob.size, 0);
  const announced = field('x-amz-mp-object-size');
  if (announced !== undefined && announced !== String(size)) {
    throw new S3Error(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${announced} does not match what was computed: ${size}`,
    );
  }
  const checksum = await combineChecksums(upload, parts);
  requireChecksum(field, checksum);

  const record: ObjectRecord = {
    headers: upload.headers,
    metadata: upload.metadata,
    tags: upload.tags,
    blobs: parts.map(({ blob }) => blob),
    size,
    etag: combineEtags(parts),
    lastModified: upload.initiatedAt,
    checksum,
    uploadId: upload.id,
    parts: parts.map(({ number, blob, checksum: value }) => ({
      number,
      size: blob.size,
      checksum: value,
    })),
  };
  const used = new Set(parts.map(({ number }) => number));
  const unused = [...stored.values()]
    .filter(({ number }) => !used.has(number))
    .map(({ blob }) => blob);
  await commitObject(store, {
    bucket: upload.bucket,
    key: upload.key,
    record,
    reason: 'CompleteMultipartUpload',
    precondition: (current) => checkWriteConditions(field, current),
    changes: [
      store.index.deleteUpload(upload),
      ...[...stored.keys()].map((number) => store.index.deletePart(upload.id, number)),
      ...dropBodies(store, unused),
    ],
  });
  await store.blobs.remove(unused);
  return record;
}

function readList(xml: string): ListedPart[] {
  const parts = readXml(xml, 'CompleteMultipartUpload').all('Part');
  if (parts.length === 0 || parts.length > LIMITS.maxParts) throw new S3Error('MalformedXML');
  return parts.map((part) => {
    const [number, etag] = [part.text('PartNumber')?.trim(), part.text('ETag')?.trim()];
    if (!number || !/^[0-9]{1,9}$/.test(number) || !etag) throw new S3Error('MalformedXML');
    const checksums = S3_CHECKSUM_ALGORITHMS.flatMap((algorithm): [string, string][] => {
      const value = part.text(checksumElement(algorithm));
      return value === undefined ? [] : [[algorithm, value]];
    });
    return { number: Number(number), etag: unquote(etag), checksums: new Map(checksums) };
  });
}

function chooseParts(
  upload: UploadRecord,
  listed: ListedPart[],
  stored: ReadonlyMap<number, PartRecord>,
): PartRecord[] {
  const { algorithm, type } = upload.checksum;
  let previous = 0;
  const parts = listed.map(({ number, etag, checksums }) => {
    if (number <= previous)
      throw new S3Error('InvalidPartOrder', undefined, { UploadId: upload.id });
    previous = number;
    const part = stored.get(number);
    const invalid = new S3Error('InvalidPart', undefined, {
      UploadId: upload.id,
      PartNumber: String(number),
      ETag: etag,
    });
    if (part?.etag !== etag) throw invalid;
    for (const [given, value] of checksums) {
      if (given === algorithm ? value !== part.checksum : upload.checksum.declared) throw invalid;
    }
    if (type === 'COMPOSITE' && !checksums.has(algorithm)) {
      throw new S3Error(
        'InvalidRequest',
        `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request ` +
          `must include the checksum for each part. It was missing for part ${number} in the request.`,
      );
    }
    return part;
  });
  for (const part of parts.slice(0, -1)) {
    if (part.blob.size < LIMITS.minPartBytes) {
      throw new S3Error('EntityTooSmall', undefined, {
        PartNumber: String(part.number),
        ProposedSize: String(part.blob.size),
        MinSizeAllowed: String(LIMITS.minPartBytes),
        ETag: part.etag,
      });
    }
  }
  return parts;
}

/** The MD5 of the parts' MD5s, and how many there are. */
function combineEtags(parts: PartRecord[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(etag, 'hex');
  return `${hash.digest('hex')}-${parts.length}`;
}

async function combineChecksums(
  { checksum: { algorithm, type } }: UploadRecord,
  parts: PartRecord[],
): Promise<StoredChecksum> {
  if (type === 'COMPOSITE' || algorithm === 'SHA1' || algorithm === 'SHA256') {
    const bytes = Buffer.concat(parts.map(({ checksum }) => Buffer.from(checksum, 'base64')));
    return { algorithm, type, value: `${await checksumOf(algorithm, bytes)}-${parts.length}` };
  }
  let value = parts[0]?.checksum ?? '';
  for (const [i, { checksum, blob }] of parts.slice(1).entries()) {
    value = combineCrc(algorithm, value, checksum, blob.size);
    // Ten thousand parts take seconds: others have their turn in between.
    if (i % 16 === 0) await setImmediate();
  }
  return { algorithm, type, value };
}

/** What the client says the whole object's checksum is. */
function requireChecksum(
  field: (name: string) => string | undefined,
  { algorithm, type, value }: StoredChecksum,
): void {
  const givenType = field('x-amz-checksum-type')?.toUpperCase();
  if (givenType !== undefined && givenType !== type) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  for (const other of S3_CHECKSUM_ALGORITHMS) {
    const given = field(checksumHeader(other));
    if (given === undefined) continue;
    // The number of parts at the end of a composite checksum may be left out.
    const same = other === algorithm && (given === value || given === value.replace(/-\d+$/, ''));
    if (!same) {
      throw new S3Error(
        'BadDigest',
        `The ${other} you specified did not match the calculated checksum.`,
      );
    }
  }
}
