import { S3Error } from './errors.ts';
import { readEncoding, readMax, takePage } from './list-page.ts';
import type { ObjectRecord } from './object-index.ts';
import { isoDate, replyXml } from './reply.ts';
import { requireBucket, type Call } from './store.ts';
import type { XmlElement } from './xml.ts';

/** Who owns everything here, where S3 names an account. */
export const OWNER = { ID: 'file-upload', DisplayName: 'file-upload' } as const;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export async function listObjectsV2(call: Call): Promise<void> {
  const { query } = call.request;
  if (query.get('list-type') !== '2') throw new S3Error('InvalidArgument', 'Unknown list-type');
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const { encode, ...listed } = await list(
    call,
    token === undefined ? (startAfter ?? '') : readToken(token),
    query.get('fetch-owner') === 'true',
  );
  replyXml(call.response, 'ListBucketResult', {
    ...listed.request,
    KeyCount: listed.count,
    ContinuationToken: token,
    StartAfter: startAfter && encode(startAfter),
    NextContinuationToken: listed.truncated
      ? Buffer.from(listed.last).toString('base64url')
      : undefined,
    ...listed.entries,
  });
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export async function listObjectsV1(call: Call): Promise<void> {
  const { query } = call.request;
  const marker = query.get('marker') ?? '';
  const { encode, ...listed } = await list(call, marker, true);
  replyXml(call.response, 'ListBucketResult', {
    ...listed.request,
    Marker: encode(marker),
    NextMarker: listed.truncated && query.get('delimiter') ? encode(listed.last) : undefined,
    ...listed.entries,
  });
}

async function list(call: Call, after: string, withOwner: boolean) {
  const { bucket, query } = call.request;
  requireBucket(call.store, bucket);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const max = readMax(query.get('max-keys'), 'max-keys');
  const { encode, element } = readEncoding(query);
  const page = await takePage(call.store.index.objects(bucket, prefix), {
    prefix,
    delimiter,
    after,
    max,
    keyOf: ([key]) => key,
  });
  const content = ([key, object]: [string, ObjectRecord]): XmlElement => ({
    Key: encode(key),
    LastModified: isoDate(object.lastModified),
    ETag: `"${object.etag}"`,
    ChecksumAlgorithm: object.checksum.algorithm,
    ChecksumType: object.checksum.type,
    Size: object.size,
    StorageClass: 'STANDARD',
    ...(withOwner && { Owner: OWNER }),
  });
  return {
    encode,
    truncated: page.truncated,
    last: page.last,
    count: page.entries.length + page.commonPrefixes.length,
    request: {
      Name: bucket,
      Prefix: encode(prefix),
      Delimiter: delimiter === '' ? undefined : encode(delimiter),
      MaxKeys: max,
      ...element,
      IsTruncated: page.truncated,
    },
    entries: {
      Contents: page.entries.map(content),
      CommonPrefixes: page.commonPrefixes.map((commonPrefix) => ({ Prefix: encode(commonPrefix) })),
    },
  };
}

function readToken(token: string): string {
  const last = Buffer.from(token, 'base64url');
  if (last.length === 0 || last.toString('base64url') !== token) {
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
  }
  return last.toString();
}
