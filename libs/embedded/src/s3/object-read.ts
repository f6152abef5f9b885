import type { ServerResponse } from 'node:http';
import { checkReadConditions, etagMatches } from './conditions.ts';
import { S3Error } from './errors.ts';
import {
  STORED_HEADERS,
  asHeaderBytes,
  metadataHeaders,
  requireHeaderValue,
} from './object-headers.ts';
import type { ObjectRecord } from './object-index.ts';
import { parseRange, type ByteRange } from './ranges.ts';
import { checksumHeaders, httpDate, reply, setHeaders } from './reply.ts';
import { headerOf } from './request.ts';
import { holdBytes, requireObject, type Call } from './store.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export async function getObject(call: Call): Promise<void> {
  const { store, request, response } = call;
  const object = requireObject(store, request.bucket, request.key);
  const bytes = holdBytes(store, object.blobs);
  try {
    const range = beginAnswer(call, object);
    if (range) await sendBytes(response, bytes.read(range.start, range.end));
  } finally {
    bytes.release();
  }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export function headObject(call: Call): void {
  const { store, request, response } = call;
  if (beginAnswer(call, requireObject(store, request.bucket, request.key))) response.end();
}

/** Query parameters that replace headers of the answer. */
export const OVERRIDE_PARAMETERS = STORED_HEADERS.map((name) => `response-${name}`);

/** Sends the head of the answer. The range to send, or nothing where the answer is complete. */
function beginAnswer(
  { request, response, auth }: Call,
  object: ObjectRecord,
): ByteRange | undefined {
  const field = (name: string): string | undefined => headerOf(request.http, name);
  const overrides = STORED_HEADERS.flatMap((name): [string, string][] => {
    const value = request.query.get(`response-${name}`);
    return value === undefined ? [] : [[name, requireHeaderValue(name, asHeaderBytes(value))]];
  });
  if (overrides.length > 0 && auth.how === 'anonymous') {
    throw new S3Error(
      'InvalidRequest',
      'Request specific response headers cannot be used for anonymous GET requests.',
    );
  }
  const identity = { etag: `"${object.etag}"`, 'last-modified': httpDate(object.lastModified) };
  const notModified = checkReadConditions(field, object);
  const partNumber = request.query.get('partNumber');
  const range = notModified ? undefined : selectRange(object, field, partNumber);
  const caching = {
    'cache-control': object.headers['cache-control'],
    expires: object.headers['expires'],
  };
  if (notModified) {
    reply(response, 304, { ...identity, ...caching });
    return undefined;
  }

  const { start, end } = range ?? { start: 0, end: object.size };
  const whole = start === 0 && end === object.size;
  setHeaders(response, {
    ...identity,
    ...object.headers,
    ...metadataHeaders(object.metadata),
    ...Object.fromEntries(overrides),
    'accept-ranges': 'bytes',
    'content-length': end - start,
    'content-range': range && `bytes ${start}-${end - 1}/${object.size}`,
    'x-amz-tagging-count': object.tags.length || undefined,
    'x-amz-mp-parts-count': partNumber === undefined ? undefined : object.parts?.length,
    ...(whole &&
      field('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' &&
      checksumHeaders(object.checksum)),
  });
  response.writeHead(range ? 206 : 200);
  return { start, end };
}

function selectRange(
  object: ObjectRecord,
  field: (name: string) => string | undefined,
  partNumber: string | undefined,
): ByteRange | undefined {
  const header = field('range');
  if (partNumber !== undefined) {
    if (header !== undefined) {
      throw new S3Error(
        'InvalidRequest',
        'Cannot specify both Range header and partNumber query parameter',
      );
    }
    return partRange(object, partNumber);
  }
  // If-Range: a range only of what the client has the beginning of (RFC 9110, section 13.1.5).
  const ifRange = field('if-range');
  const stale =
    ifRange !== undefined &&
    !etagMatches(ifRange, object.etag) &&
    ifRange !== httpDate(object.lastModified);
  return header === undefined || stale ? undefined : parseRange(header, object.size);
}

function partRange(object: ObjectRecord, partNumber: string): ByteRange | undefined {
  const number = /^[0-9]{1,5}$/.test(partNumber) ? Number(partNumber) : NaN;
  const sizes = object.parts?.map(({ size }) => size) ?? [object.size];
  const size = sizes[number - 1];
  if (size === undefined) {
    throw new S3Error('InvalidPartNumber', undefined, { ActualPartCount: String(sizes.length) });
  }
  if (object.size === 0) return undefined;
  const start = sizes.slice(0, number - 1).reduce((sum, bytes) => sum + bytes, 0);
  return { start, end: start + size };
}

/** Reads on while the last buffer is on its way, and never further. */
async function sendBytes(response: ServerResponse, bytes: AsyncIterable<Buffer>): Promise<void> {
  let sent = Promise.resolve();
  const closed = new Promise<never>((_, reject) => {
    response.once('close', () => reject(new ClientGone()));
  });
  closed.catch(() => undefined);
  for await (const chunk of bytes) {
    await sent;
    const written = new Promise<void>((resolve, reject) => {
      response.write(chunk, (error) => (error ? reject(new ClientGone()) : resolve()));
    });
    sent = Promise.race([written, closed]);
    sent.catch(() => undefined); // seen at the next await
  }
  await sent;
  response.end();
}

/** The client went away before it had everything: nobody is left to tell. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}
