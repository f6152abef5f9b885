import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { uriEncode } from './uri.ts';

/**
 * AWS Signature Version 4, the arithmetic only.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const EMPTY_SHA256 = createHash('sha256').digest('hex');

export interface SignedRequest {
  method: string;
  /** Percent-encoded, as it was sent. */
  rawPath: string;
  /** Decoded, without the signature itself. */
  query: readonly (readonly [name: string, value: string])[];
  /** Every line of every header by lower-case name. */
  headers: NodeJS.Dict<string[]>;
  /** Lower-case names, in the order in which they were signed. */
  signedHeaders: readonly string[];
  /** `x-amz-content-sha256`, or what stands for it. */
  payloadHash: string;
}

export function canonicalRequest(request: SignedRequest): string {
  // S3 signs the path as it is: nothing is normalised, and no segment is encoded twice.
  const path = request.rawPath.split('/').map(recode).join('/');
  const query = request.query
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map((pair) => pair.join('='))
    .join('&');
  const headers = request.signedHeaders
    .map((name) => `${name}:${(request.headers[name] ?? []).map(trim).join(',')}\n`)
    .join('');
  return [
    request.method,
    path,
    query,
    headers,
    request.signedHeaders.join(';'),
    request.payloadHash,
  ].join('\n');
}

export interface SigningScope {
  /** yyyymmdd */
  day: string;
  region: string;
  service: string;
}

/** The text whose HMAC is the signature of a request. `timestamp` is yyyymmddThhmmssZ. */
export function stringToSign(timestamp: string, scope: SigningScope, canonical: string): string {
  // Header values are bytes, which Node presents one a character.
  const hash = createHash('sha256').update(canonical, 'latin1').digest('hex');
  return [ALGORITHM, timestamp, scopeText(scope), hash].join('\n');
}

export function scopeText(scope: SigningScope): string {
  return `${scope.day}/${scope.region}/${scope.service}/aws4_request`;
}

const signingKeys = new Map<string, Buffer>();

/** The key with which everything of one scope is signed. That of the last days is remembered. */
export function signingKey(secret: string, scope: SigningScope): Buffer {
  const name = `${secret} ${scopeText(scope)}`;
  let key = signingKeys.get(name);
  if (!key) {
    const day = hmac(`AWS4${secret}`, scope.day);
    key = hmac(hmac(hmac(day, scope.region), scope.service), 'aws4_request');
    if (signingKeys.size > 30) signingKeys.clear();
    signingKeys.set(name, key);
  }
  return key;
}

export function sign(key: Buffer, text: string): string {
  return hmac(key, text).toString('hex');
}

/** Compares in constant time. */
export function sameText(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function recode(segment: string): string {
  return uriEncode(decodeURIComponent(segment));
}

function trim(value: string): string {
  return value.trim().replace(/ +/g, ' ');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
