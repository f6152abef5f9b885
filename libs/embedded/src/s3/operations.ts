import { S3_CHECKSUM_ALGORITHMS } from '@file-upload/storage';
import * as buckets from './buckets.ts';
import { completeMultipartUpload } from './complete-upload.ts';
import { deleteBucketCors, getBucketCors, putBucketCors } from './cors.ts';
import { deleteObjects } from './delete-objects.ts';
import { S3Error, notImplemented } from './errors.ts';
import { checksumHeader } from './integrity.ts';
import { listObjectsV1, listObjectsV2 } from './list-objects.ts';
import { listMultipartUploads, listParts } from './list-uploads.ts';
import * as multipart from './multipart.ts';
import { getObjectAttributes } from './object-attributes.ts';
import { copyObject } from './object-copy.ts';
import { OVERRIDE_PARAMETERS, getObject, headObject } from './object-read.ts';
import * as tagging from './object-tagging.ts';
import { putObject, removeObject } from './object-write.ts';
import { headerOf, isHoisted, type S3Request } from './request.ts';
import type { Call } from './store.ts';
import { uploadPart, uploadPartCopy } from './upload-part.ts';

export interface Operation {
  name: string;
  method: string;
  scope: 'service' | 'bucket' | 'object';
  handle: (call: Call) => void | Promise<void>;
  /** Query parameters (or headers) whose presence tells this operation from its neighbours. */
  marks?: string[];
  /** Further query parameters that it understands. */
  query?: string[];
  /** `x-amz-*` headers that it understands, beside those of every request. */
  headers?: string[];
  /** Anybody may ask, where the object's tags say so. */
  public?: true;
}

const LIST = ['prefix', 'delimiter', 'max-keys', 'encoding-type'];
const CHECKSUM = [
  ...S3_CHECKSUM_ALGORITHMS.map(checksumHeader),
  'x-amz-sdk-checksum-algorithm',
  'x-amz-trailer',
];
const CREATE = [
  'x-amz-meta-*',
  'x-amz-tagging',
  'x-amz-acl',
  'x-amz-storage-class',
  'x-amz-server-side-encryption',
];
const SOURCE = [
  'x-amz-copy-source-if-match',
  'x-amz-copy-source-if-none-match',
  'x-amz-copy-source-if-modified-since',
  'x-amz-copy-source-if-unmodified-since',
];
const READ = [...OVERRIDE_PARAMETERS, 'partNumber', 'x-amz-checksum-mode'];

/** Everything this server does. Of several rows that fit, the first is meant. */
// prettier-ignore
const OPERATIONS: Operation[] = [
  { name: 'ListBuckets', method: 'GET', scope: 'service', handle: buckets.listBuckets },

  { name: 'GetBucketLocation', method: 'GET', scope: 'bucket', marks: ['location'], handle: buckets.getBucketLocation },
  { name: 'GetBucketVersioning', method: 'GET', scope: 'bucket', marks: ['versioning'], handle: buckets.getBucketVersioning },
  { name: 'GetBucketCors', method: 'GET', scope: 'bucket', marks: ['cors'], handle: getBucketCors },
  { name: 'PutBucketCors', method: 'PUT', scope: 'bucket', marks: ['cors'], headers: CHECKSUM, handle: putBucketCors },
  { name: 'DeleteBucketCors', method: 'DELETE', scope: 'bucket', marks: ['cors'], handle: deleteBucketCors },
  { name: 'ListMultipartUploads', method: 'GET', scope: 'bucket', marks: ['uploads'], query: ['prefix', 'delimiter', 'encoding-type', 'max-uploads', 'key-marker', 'upload-id-marker'], handle: listMultipartUploads },
  { name: 'ListObjectsV2', method: 'GET', scope: 'bucket', marks: ['list-type'], query: [...LIST, 'continuation-token', 'start-after', 'fetch-owner'], handle: listObjectsV2 },
  { name: 'ListObjects', method: 'GET', scope: 'bucket', query: [...LIST, 'marker'], handle: listObjectsV1 },
  { name: 'CreateBucket', method: 'PUT', scope: 'bucket', headers: [...CHECKSUM, 'x-amz-acl'], handle: buckets.createBucket },
  { name: 'HeadBucket', method: 'HEAD', scope: 'bucket', handle: buckets.headBucket },
  { name: 'DeleteBucket', method: 'DELETE', scope: 'bucket', handle: buckets.deleteBucket },
  { name: 'DeleteObjects', method: 'POST', scope: 'bucket', marks: ['delete'], headers: CHECKSUM, handle: deleteObjects },

  { name: 'GetObjectTagging', method: 'GET', scope: 'object', marks: ['tagging'], handle: tagging.getObjectTagging },
  { name: 'PutObjectTagging', method: 'PUT', scope: 'object', marks: ['tagging'], headers: CHECKSUM, handle: tagging.putObjectTagging },
  { name: 'DeleteObjectTagging', method: 'DELETE', scope: 'object', marks: ['tagging'], handle: tagging.deleteObjectTagging },
  { name: 'GetObjectAttributes', method: 'GET', scope: 'object', marks: ['attributes'], headers: ['x-amz-object-attributes', 'x-amz-max-parts', 'x-amz-part-number-marker'], handle: getObjectAttributes },

  { name: 'CreateMultipartUpload', method: 'POST', scope: 'object', marks: ['uploads'], headers: [...CREATE, 'x-amz-checksum-algorithm', 'x-amz-checksum-type'], handle: multipart.createMultipartUpload },
  { name: 'UploadPartCopy', method: 'PUT', scope: 'object', marks: ['uploadId', 'x-amz-copy-source'], query: ['partNumber'], headers: [...SOURCE, 'x-amz-copy-source-range'], handle: uploadPartCopy },
  { name: 'UploadPart', method: 'PUT', scope: 'object', marks: ['uploadId'], query: ['partNumber'], headers: CHECKSUM, handle: uploadPart },
  { name: 'ListParts', method: 'GET', scope: 'object', marks: ['uploadId'], query: ['max-parts', 'part-number-marker', 'encoding-type'], handle: listParts },
  { name: 'CompleteMultipartUpload', method: 'POST', scope: 'object', marks: ['uploadId'], headers: [...CHECKSUM, 'x-amz-checksum-type', 'x-amz-mp-object-size'], handle: completeMultipartUpload },
  { name: 'AbortMultipartUpload', method: 'DELETE', scope: 'object', marks: ['uploadId'], handle: multipart.abortMultipartUpload },

  { name: 'CopyObject', method: 'PUT', scope: 'object', marks: ['x-amz-copy-source'], headers: [...CREATE, ...SOURCE, 'x-amz-metadata-directive', 'x-amz-tagging-directive', 'x-amz-checksum-algorithm'], handle: copyObject },
  { name: 'PutObject', method: 'PUT', scope: 'object', headers: [...CREATE, ...CHECKSUM], handle: putObject },
  { name: 'GetObject', method: 'GET', scope: 'object', query: READ, headers: READ, public: true, handle: getObject },
  { name: 'HeadObject', method: 'HEAD', scope: 'object', query: READ, headers: READ, public: true, handle: headObject },
  { name: 'DeleteObject', method: 'DELETE', scope: 'object', handle: removeObject },
];

/** Say who asks, and how the body is packed: understood in every request. */
const ALWAYS = [
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-decoded-content-length',
  'x-amz-user-agent',
];
const SIGNATURE =
  /^X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Content-Sha256)$/;

/** Where these headers say what is so anyway, they do no harm. */
const HARMLESS: Record<string, string[]> = {
  'x-amz-acl': ['private', 'bucket-owner-full-control'],
  'x-amz-storage-class': ['STANDARD'],
  'x-amz-server-side-encryption': ['AES256'],
};

/**
 * Finds the operation a request is for.
 *
 * @throws S3Error NotImplemented for any parameter or header that would be ignored,
 *   MethodNotAllowed
 */
export function findOperation(request: S3Request): Operation {
  const scope = request.bucket === '' ? 'service' : request.key === '' ? 'bucket' : 'object';
  const has = (mark: string): boolean =>
    request.query.has(mark) || request.http.headers[mark] !== undefined;
  const operation = OPERATIONS.find(
    (row) => row.method === request.method && row.scope === scope && (row.marks ?? []).every(has),
  );
  if (!operation) {
    const [parameter] = request.query.keys();
    if (parameter !== undefined) throw notImplemented(`${request.method} with ${parameter}`);
    throw new S3Error('MethodNotAllowed');
  }
  for (const [name, value] of request.queryPairs) {
    const known = [...(operation.marks ?? []), ...(operation.query ?? [])].includes(name);
    if (known || SIGNATURE.test(name)) continue;
    if (name === 'x-id' && value === operation.name) continue;
    if (isHoisted(name) && operation.headers) requireHeader(operation, name.toLowerCase(), value);
    else throw refusedParameter(name);
  }
  for (const name of Object.keys(request.http.headers)) {
    if (name.startsWith('x-amz-') && !ALWAYS.includes(name)) {
      requireHeader(operation, name, headerOf(request.http, name) ?? '');
    }
  }
  return operation;
}

function refusedParameter(name: string): S3Error {
  if (!/^x-amz-/i.test(name)) return notImplemented(`the query parameter ${name}`);
  return new S3Error(
    'NotImplemented',
    `${name} has no effect in the query of a presigned URL. Sign it as a header, or, where it is ` +
      "a checksum that the SDK added by itself, presign with requestChecksumCalculation: 'WHEN_REQUIRED'.",
  );
}

function requireHeader(operation: Operation, name: string, value: string): void {
  const known = [...(operation.marks ?? []), ...(operation.headers ?? [])].some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
  if (!known) throw notImplemented(`the header ${name}`);
  const values = HARMLESS[name];
  if (values && !values.includes(value)) throw notImplemented(`${name}: ${value}`);
}
