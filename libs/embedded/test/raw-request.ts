import { createHash } from 'node:crypto';
import { request } from 'node:http';
import type { Credentials } from '../src/s3/authenticate.ts';
import { decodePairs } from '../src/s3/uri.ts';
import { canonicalRequest, sign, signingKey, stringToSign } from '../src/s3/sigv4.ts';
import type { Running } from './running-embedded.ts';

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  /** Of an error document. */
  code: string | undefined;
}

export interface RawRequest {
  method?: string;
  /** With the query, exactly as it goes on the wire. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** Sends a request as it is, with nothing added. */
export function send({ embedded }: Running, raw: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(embedded.s3Endpoint);
    const outgoing = request(
      {
        hostname,
        port,
        method: raw.method ?? 'GET',
        path: raw.path,
        headers: { ...raw.headers },
        agent: false,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body,
            code: /<Code>(\w+)<\/Code>/.exec(body)?.[1],
          });
        });
        incoming.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(raw.body);
  });
}

export interface SigningChanges {
  credentials?: Credentials;
  region?: string;
  service?: string;
  /** Milliseconds since 1970. */
  at?: number;
  /** `x-amz-content-sha256`; by default the hash of the body. */
  payloadHash?: string;
  /** Headers that are sent and left out of the signature. */
  unsigned?: Record<string, string>;
}

export interface Signed extends RawRequest {
  signature: string;
  timestamp: string;
  key: Buffer;
  scope: string;
}

/** Adds what Signature Version 4 wants, or what the changes make of it. */
export function signed(running: Running, raw: RawRequest, changes: SigningChanges = {}): Signed {
  const { credentials = running.embedded.credentials } = changes;
  const timestamp = new Date(changes.at ?? Date.now()).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = {
    day: timestamp.slice(0, 8),
    region: changes.region ?? 'us-east-1',
    service: changes.service ?? 's3',
  };
  const payloadHash =
    changes.payloadHash ??
    createHash('sha256')
      .update(raw.body ?? '')
      .digest('hex');
  const headers: Record<string, string> = {
    ...raw.headers,
    host: new URL(running.embedded.s3Endpoint).host,
    'x-amz-date': timestamp,
    'x-amz-content-sha256': payloadHash,
  };
  const signedHeaders = Object.keys(headers).sort();
  const [path = '', query = ''] = raw.path.split('?', 2);
  const canonical = canonicalRequest({
    method: raw.method ?? 'GET',
    rawPath: path,
    query: decodePairs(query),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    signedHeaders,
    payloadHash,
  });
  const key = signingKey(credentials.secretAccessKey, scope);
  const signature = sign(key, stringToSign(timestamp, scope, canonical));
  const scopeText = `${scope.day}/${scope.region}/${scope.service}/aws4_request`;
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scopeText}, ` +
    `SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return {
    ...raw,
    headers: { ...headers, ...changes.unsigned, authorization },
    signature,
    timestamp,
    key,
    scope: scopeText,
  };
}

/** Signs a request and sends it. */
export function sendSigned(
  running: Running,
  raw: RawRequest,
  changes?: SigningChanges,
): Promise<RawAnswer> {
  return send(running, signed(running, raw, changes));
}
