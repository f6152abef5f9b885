import { S3Error } from './errors.ts';
import { checksumElement } from './integrity.ts';
import { readMax } from './list-page.ts';
import type { ObjectRecord } from './object-index.ts';
import { checksumElements, httpDate, replyXml, setHeaders } from './reply.ts';
import { headerOf } from './request.ts';
import { requireObject, type Call } from './store.ts';
import type { XmlElement } from './xml.ts';

const ATTRIBUTES = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
export function getObjectAttributes(call: Call): void {
  const { store, request, response } = call;
  const object = requireObject(store, request.bucket, request.key);
  const header = headerOf(request.http, 'x-amz-object-attributes') ?? '';
  const wanted = new Set(header.split(',').map((name) => name.trim()));
  if ([...wanted].some((name) => !ATTRIBUTES.includes(name))) {
    throw new S3Error('InvalidArgument', 'Invalid attribute name specified.');
  }
  setHeaders(response, { 'last-modified': httpDate(object.lastModified) });
  const parts = object.parts;
  replyXml(response, 'GetObjectAttributesResponse', {
    ETag: wanted.has('ETag') ? object.etag : undefined,
    Checksum: wanted.has('Checksum') ? checksumElements(object.checksum) : undefined,
    ObjectParts: wanted.has('ObjectParts') && parts ? partsElement(call, object, parts) : undefined,
    StorageClass: wanted.has('StorageClass') ? 'STANDARD' : undefined,
    ObjectSize: wanted.has('ObjectSize') ? object.size : undefined,
  });
}

/** S3 lists the parts one by one only where each has a checksum that makes up the composite. */
function partsElement(
  { request }: Call,
  { checksum }: ObjectRecord,
  parts: NonNullable<ObjectRecord['parts']>,
): XmlElement {
  if (checksum.type !== 'COMPOSITE') return { PartsCount: parts.length };
  const max = readMax(headerOf(request.http, 'x-amz-max-parts'), 'x-amz-max-parts');
  const marker = Number(headerOf(request.http, 'x-amz-part-number-marker') ?? 0);
  const rest = parts.filter(({ number }) => number > marker);
  const page = rest.slice(0, max);
  return {
    PartsCount: parts.length,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? marker,
    MaxParts: max,
    IsTruncated: rest.length > page.length,
    Part: page.map((part) => ({
      PartNumber: part.number,
      Size: part.size,
      [checksumElement(checksum.algorithm)]: part.checksum,
    })),
  };
}
