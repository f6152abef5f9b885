import { LIMITS } from '@file-upload/shared-types';
import { S3Error } from './errors.ts';
import { checksumElement } from './integrity.ts';
import { OWNER } from './list-objects.ts';
import { readEncoding, readMax, takePage } from './list-page.ts';
import { requireUpload } from './multipart.ts';
import { isoDate, replyXml } from './reply.ts';
import { requireBucket, type Call } from './store.ts';

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
    // On the last page too, as S3 does: that there are more, only `IsTruncated` says.
    NextPartNumberMarker: parts.at(-1)?.number ?? 0,
    MaxParts: max,
    IsTruncated: truncated,
    ChecksumAlgorithm: algorithm,
    ChecksumType: type,
    Part: parts.map((part) => ({
      PartNumber: part.number,
      LastModified: isoDate(part.lastModified),
      ETag: `"${part.etag}"`,
      Size: part.blob.size,
      [checksumElement(algorithm)]: part.checksum,
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
