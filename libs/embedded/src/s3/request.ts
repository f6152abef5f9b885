import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Error } from './errors.ts';
import { decodePairs, uriDecode } from './uri.ts';

/** A request, taken apart by S3's path-style rules and nothing more: `/bucket/key?query`. */
export interface S3Request {
  readonly http: IncomingMessage;
  /** Unique, returned as `x-amz-request-id`. */
  readonly id: string;
  readonly method: string;
  /** As it came, still percent-encoded: what is signed. */
  readonly rawPath: string;
  /** Decoded, in the order they came. */
  readonly queryPairs: readonly (readonly [name: string, value: string])[];
  readonly query: ReadonlyMap<string, string>;
  /** Empty for the service itself. */
  readonly bucket: string;
  /** Empty for a bucket. */
  readonly key: string;
}

/** A new `x-amz-request-id`. */
export function newRequestId(): string {
  return randomBytes(8).toString('hex').toUpperCase();
}

/**
 * @throws S3Error InvalidURI, InvalidArgument (a query parameter twice), KeyTooLongError
 */
export function parseRequest(http: IncomingMessage, id: string): S3Request {
  const url = http.url ?? '';
  const mark = url.indexOf('?');
  const rawPath = mark === -1 ? url : url.slice(0, mark);
  if (!rawPath.startsWith('/')) throw new S3Error('InvalidURI');
  const slash = rawPath.indexOf('/', 1);
  const bucket = uriDecode(slash === -1 ? rawPath.slice(1) : rawPath.slice(1, slash));
  const key = slash === -1 ? '' : uriDecode(rawPath.slice(slash + 1));
  requireKeyLength(key);

  const queryPairs = mark === -1 ? [] : decodePairs(url.slice(mark + 1));
  const query = new Map(queryPairs);
  if (query.size !== queryPairs.length) {
    throw new S3Error('InvalidArgument', 'A query parameter may be given only once.');
  }
  return { http, id, method: http.method ?? '', rawPath, queryPairs, query, bucket, key };
}

/** Keys are at most 1,024 bytes of UTF-8. */
export function requireKeyLength(key: string): void {
  if (Buffer.byteLength(key) > 1024) {
    throw new S3Error('KeyTooLongError', undefined, {
      Size: String(Buffer.byteLength(key)),
      MaxSizeAllowed: '1024',
    });
  }
}

/** The value of a header, by its lower-case name; several lines of one name are joined by commas. */
export function headerOf(http: Pick<IncomingMessage, 'headers'>, name: string): string | undefined {
  const value = http.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** What a presigned URL may carry in its query instead of in headers. */
const HOISTED = /^x-amz-(meta-.+|acl|storage-class|server-side-encryption)$/;

/** The headers by lower-case name, with those that the presigner moved into the query. */
export function requestFields(request: S3Request): Map<string, string> {
  const fields = new Map(
    Object.keys(request.http.headers).map((name) => [name, headerOf(request.http, name) ?? '']),
  );
  for (const [name, value] of request.queryPairs) {
    const lower = name.toLowerCase();
    if (HOISTED.test(lower)) fields.set(lower, Buffer.from(value).toString('latin1'));
  }
  return fields;
}

/** Whether {@link requestFields} takes this query parameter. */
export function isHoisted(name: string): boolean {
  return HOISTED.test(name.toLowerCase());
}
