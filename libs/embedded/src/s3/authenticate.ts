import { S3Error, notImplemented } from './errors.ts';
import { headerOf, type S3Request } from './request.ts';
import {
  ALGORITHM,
  canonicalRequest,
  sameText,
  scopeText,
  sign,
  signingKey,
  stringToSign,
  type SigningScope,
} from './sigv4.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export const REGION = 'us-east-1';

/** Who sent a request, and what the signature says about the body. */
export interface Authentication {
  how: 'header' | 'query' | 'anonymous';
  /** `x-amz-content-sha256` or what stands for it. */
  payloadHash: string;
  /** What signed chunks and trailers continue from; only with a signature in the header. */
  seed?: ChunkSeed;
}

export interface ChunkSeed {
  signature: string;
  key: Buffer;
  timestamp: string;
  scope: string;
}

const MAX_SKEW_MILLIS = 15 * 60 * 1000;
const MAX_EXPIRES_SECONDS = 604_800;
const UNSIGNED = 'UNSIGNED-PAYLOAD';

/**
 * Verifies a request's signature, in its header or in its query.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 * @throws S3Error for everything but a good signature and no signature at all
 */
export function authenticate(request: S3Request, credentials: Credentials): Authentication {
  const { http, query } = request;
  const inHeader = http.headers.authorization !== undefined;
  const inQuery = query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature');
  if (query.has('AWSAccessKeyId') || query.has('Signature')) {
    throw new S3Error('InvalidRequest', `Please use ${ALGORITHM}.`);
  }
  if (inHeader && inQuery) {
    throw new S3Error('InvalidArgument', 'Only one authentication mechanism is allowed.');
  }
  if (http.headers['x-amz-security-token'] !== undefined || query.has('X-Amz-Security-Token')) {
    throw notImplemented('temporary credentials');
  }
  if (inQuery) return verifyQuery(request, credentials);
  if (!inHeader) return { how: 'anonymous', payloadHash: UNSIGNED };

  const payloadHash = headerOf(http, 'x-amz-content-sha256');
  if (payloadHash === undefined) {
    throw new S3Error(
      'InvalidRequest',
      'Missing required header for this request: x-amz-content-sha256',
    );
  }
  const seed = verifyHeader(request, credentials, { service: 's3', payloadHash });
  return { how: 'header', payloadHash, seed };
}

/**
 * Verifies the `Authorization` header of a request to any service.
 *
 * @param signed the service's name in the scope, and the hash of the body that was signed
 */
export function verifyHeader(
  request: Pick<S3Request, 'http' | 'method' | 'rawPath' | 'queryPairs'>,
  credentials: Credentials,
  signed: { service: string; payloadHash: string },
): ChunkSeed {
  const authorization = request.http.headers.authorization ?? '';
  const [mechanism = ''] = authorization.split(' ', 1);
  if (mechanism !== ALGORITHM) {
    throw new S3Error(
      'InvalidRequest',
      `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`,
    );
  }
  const fields = new Map(
    authorization
      .slice(mechanism.length)
      .split(',')
      .map((field) => field.trim().split('=', 2) as [string, string]),
  );
  const malformed = (message: string, details = {}): S3Error =>
    new S3Error('AuthorizationHeaderMalformed', message, details);
  const [credential, signedHeaders, signature] = ['Credential', 'SignedHeaders', 'Signature'].map(
    (name) => fields.get(name) ?? '',
  ) as [string, string, string];
  if (credential === '' || signedHeaders === '' || signature === '') {
    throw malformed('The authorization header requires Credential, SignedHeaders and Signature.');
  }
  const scope = readCredential(credential, signed.service, credentials, malformed);

  const timestamp = readTimestamp(request.http.headers);
  if (timestamp === undefined) {
    throw new S3Error(
      'AccessDenied',
      'AWS authentication requires a valid Date or x-amz-date header',
    );
  }
  if (Math.abs(Date.now() - millisOf(timestamp)) > MAX_SKEW_MILLIS) {
    throw new S3Error('RequestTimeTooSkewed', undefined, {
      RequestTime: timestamp,
      ServerTime: new Date().toISOString(),
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MILLIS),
    });
  }
  if (!timestamp.startsWith(scope.day)) {
    throw malformed('The day of the credential is not the day of the request.');
  }
  return verify(request, credentials, {
    scope,
    timestamp,
    signature,
    query: request.queryPairs,
    signedHeaders: signedHeaders.split(';'),
    payloadHash: signed.payloadHash,
  });
}

function verifyQuery(request: S3Request, credentials: Credentials): Authentication {
  const { query } = request;
  const malformed = (message: string, details = {}): S3Error =>
    new S3Error('AuthorizationQueryParametersError', message, details);
  const field = (name: string): string => {
    const value = query.get(name);
    if (value) return value;
    throw malformed(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, ' +
        'X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  };
  if (field('X-Amz-Algorithm') !== ALGORITHM) {
    throw malformed(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  }
  const signature = field('X-Amz-Signature');
  const signedHeaders = field('X-Amz-SignedHeaders').split(';');
  const timestamp = field('X-Amz-Date');
  const expires = field('X-Amz-Expires');
  if (!isTimestamp(timestamp)) {
    throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  }
  if (!/^[0-9]{1,9}$/.test(expires) || Number(expires) < 1) {
    throw malformed('X-Amz-Expires should be a positive number');
  }
  if (Number(expires) > MAX_EXPIRES_SECONDS) {
    throw malformed(
      `X-Amz-Expires must be less than a week (in seconds); that is, ${MAX_EXPIRES_SECONDS}`,
    );
  }
  const scope = readCredential(field('X-Amz-Credential'), 's3', credentials, malformed);
  if (!timestamp.startsWith(scope.day)) {
    throw malformed('The day of the credential is not the day of X-Amz-Date.');
  }
  const signedAt = millisOf(timestamp);
  if (signedAt > Date.now() + MAX_SKEW_MILLIS) {
    throw new S3Error('AccessDenied', 'Request is not yet valid');
  }
  const expiresAt = signedAt + Number(expires) * 1000;
  if (Date.now() > expiresAt) {
    throw new S3Error('AccessDenied', 'Request has expired', {
      'X-Amz-Expires': expires,
      Expires: new Date(expiresAt).toISOString(),
      ServerTime: new Date().toISOString(),
    });
  }
  const payloadHash =
    query.get('X-Amz-Content-Sha256') ?? headerOf(request.http, 'x-amz-content-sha256') ?? UNSIGNED;
  verify(request, credentials, {
    scope,
    timestamp,
    signature,
    query: request.queryPairs.filter(([name]) => name !== 'X-Amz-Signature'),
    signedHeaders,
    payloadHash,
  });
  return { how: 'query', payloadHash };
}

interface Claim {
  scope: SigningScope;
  timestamp: string;
  signature: string;
  query: S3Request['queryPairs'];
  signedHeaders: string[];
  payloadHash: string;
}

function verify(
  request: Pick<S3Request, 'http' | 'method' | 'rawPath'>,
  credentials: Credentials,
  claim: Claim,
): ChunkSeed {
  const headers = request.http.headersDistinct;
  const unsigned = Object.keys(headers).filter(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !claim.signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    throw new S3Error(
      'AccessDenied',
      'There were headers present in the request which were not signed',
      { HeadersNotSigned: unsigned.join(', ') },
    );
  }
  const canonical = canonicalRequest({ ...request, ...claim, headers });
  const key = signingKey(credentials.secretAccessKey, claim.scope);
  const expected = sign(key, stringToSign(claim.timestamp, claim.scope, canonical));
  if (!sameText(expected, claim.signature)) {
    throw new S3Error('SignatureDoesNotMatch', undefined, {
      AWSAccessKeyId: credentials.accessKeyId,
      StringToSign: stringToSign(claim.timestamp, claim.scope, canonical),
      SignatureProvided: claim.signature,
      CanonicalRequest: canonical,
    });
  }
  return {
    signature: expected,
    key,
    timestamp: claim.timestamp,
    scope: scopeText(claim.scope),
  };
}

/**
 * Reads `key id/yyyymmdd/region/service/aws4_request`.
 *
 * @param malformed makes the error, which differs with where the credential stands
 */
export function readCredential(
  credential: string,
  service: string,
  credentials: Credentials,
  malformed: (message: string, details?: Record<string, string>) => S3Error,
): SigningScope {
  const [accessKeyId, day, region, scopeService, end, ...more] = credential.split('/');
  if (!day || !/^[0-9]{8}$/.test(day) || end !== 'aws4_request' || more.length > 0) {
    throw malformed(
      'The Credential is malformed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  if (accessKeyId !== credentials.accessKeyId) throw new S3Error('InvalidAccessKeyId');
  if (region !== REGION) {
    throw malformed(`The region '${region}' is wrong; expecting '${REGION}'`, { Region: REGION });
  }
  if (scopeService !== service) {
    throw malformed(`The service '${scopeService}' is wrong; expecting '${service}'`);
  }
  return { day, region, service };
}

/** @param timestamp yyyymmddThhmmssZ */
export function isTimestamp(timestamp: string): boolean {
  return /^[0-9]{8}T[0-9]{6}Z$/.test(timestamp) && !Number.isNaN(millisOf(timestamp));
}

function millisOf(timestamp: string): number {
  return Date.parse(timestamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function readTimestamp(headers: NodeJS.Dict<string | string[]>): string | undefined {
  const given = headers['x-amz-date'] ?? headers['date'];
  if (typeof given !== 'string') return undefined;
  if (isTimestamp(given)) return given;
  const date = new Date(given);
  return Number.isNaN(date.getTime())
    ? undefined
    : date.toISOString().replace(/[-:]|\.[0-9]{3}/g, '');
}
