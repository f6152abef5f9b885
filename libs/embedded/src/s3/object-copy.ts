import { LIMITS } from '@file-upload/shared-types';
import { checkReadConditions, checkWriteConditions } from './conditions.ts';
import { S3Error, notImplemented } from './errors.ts';
import { isChecksumAlgorithm } from './integrity.ts';
import { readObjectHeaders } from './object-headers.ts';
import type { ObjectRecord } from './object-index.ts';
import { commitReceived } from './object-write.ts';
import { checksumElements, isoDate, replyXml } from './reply.ts';
import { headerOf, requestFields, requireKeyLength } from './request.ts';
import { holdBytes, receive, requireBucket, requireObject, type Call } from './store.ts';
import { uriDecode } from './uri.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export async function copyObject(call: Call): Promise<void> {
  const { store, request, response } = call;
  const { bucket, key } = request;
  requireBucket(store, bucket);
  const fields = requestFields(request);
  const newHeaders = directive(fields, 'x-amz-metadata-directive') === 'REPLACE';
  const newTags = directive(fields, 'x-amz-tagging-directive') === 'REPLACE';
  const given = readObjectHeaders(fields);
  const precondition = (current: ObjectRecord | undefined): void =>
    checkWriteConditions((name) => fields.get(name), current);
  precondition(store.index.object(bucket, key));

  const source = copySource(call);
  if (source.bucket === bucket && source.key === key && !newHeaders) {
    throw new S3Error(
      'InvalidRequest',
      'This copy request is illegal because it is trying to copy an object to itself without ' +
        "changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const object = readSource(call, source);
  const bytes = holdBytes(store, object.blobs);
  try {
    if (object.size > LIMITS.singlePutBytes) {
      throw new S3Error(
        'InvalidRequest',
        'The specified copy source is larger than the maximum allowable size for a copy source: ' +
          LIMITS.singlePutBytes,
      );
    }
    const algorithm =
      fields.get('x-amz-checksum-algorithm')?.toUpperCase() ?? object.checksum.algorithm;
    if (!isChecksumAlgorithm(algorithm)) throw new S3Error('InvalidRequest');
    // The bytes are read again because the ETag of a copy is the MD5 of the whole.
    const received = await receive(store, bytes.read(0, object.size), ['MD5', algorithm]);
    const record = await commitReceived(store, {
      bucket,
      key,
      received,
      algorithm,
      precondition,
      reason: 'CopyObject',
      described: {
        headers: newHeaders ? given.headers : object.headers,
        metadata: newHeaders ? given.metadata : object.metadata,
        tags: newTags ? given.tags : object.tags,
      },
    });
    replyXml(response, 'CopyObjectResult', {
      ETag: `"${record.etag}"`,
      LastModified: isoDate(record.lastModified),
      ...checksumElements(record.checksum),
    });
  } finally {
    bytes.release();
  }
}

/** Where `x-amz-copy-source` points: `bucket/key`, URL-encoded, with or without a leading slash. */
export function copySource({ request }: Call): { bucket: string; key: string } {
  const header = headerOf(request.http, 'x-amz-copy-source') ?? '';
  const [path = '', version] = header.split('?', 2);
  if (version !== undefined) throw notImplemented('versions of objects');
  const source = uriDecode(path).replace(/^\//, '');
  const slash = source.indexOf('/');
  if (slash < 1 || slash === source.length - 1) {
    throw new S3Error(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  const key = source.slice(slash + 1);
  requireKeyLength(key);
  return { bucket: source.slice(0, slash), key };
}

/** The object to copy from, when the request's conditions on it hold. */
export function readSource(
  { store, request }: Call,
  source: { bucket: string; key: string },
): ObjectRecord {
  const object = requireObject(store, source.bucket, source.key);
  const unchanged = checkReadConditions(
    (name) => headerOf(request.http, name),
    object,
    'x-amz-copy-source-',
  );
  if (unchanged) throw new S3Error('PreconditionFailed');
  return object;
}

function directive(fields: ReadonlyMap<string, string>, name: string): 'COPY' | 'REPLACE' {
  const value = fields.get(name) ?? 'COPY';
  if (value === 'COPY' || value === 'REPLACE') return value;
  throw new S3Error('InvalidArgument', `Unknown ${name.replace('x-amz-', '')}.`);
}
