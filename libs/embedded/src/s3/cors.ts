import type { ServerResponse } from 'node:http';
import { S3Error } from './errors.ts';
import { reply, replyXml, setHeaders } from './reply.ts';
import { collectBody, openRequestBody } from './request-body.ts';
import { headerOf, type S3Request } from './request.ts';
import { requireBucket, type Call, type Store } from './store.ts';
import { readXml, type XmlNode } from './xml.ts';

export interface CorsRule {
  id?: string;
  /** With at most one `*` each, as have the headers. */
  origins: string[];
  methods: string[];
  headers: string[];
  expose: string[];
  maxAgeSeconds?: number;
}

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];
const MAX_BODY_BYTES = 64 * 1024;

/** Adds the CORS headers that the bucket's rules give to a request that names its origin. */
export function allowOrigin(store: Store, request: S3Request, response: ServerResponse): void {
  const origin = headerOf(request.http, 'origin');
  if (origin === undefined) return;
  const rule = findRule(store, request, { origin, method: request.method, headers: [] });
  if (rule) setHeaders(response, corsHeaders(rule, origin));
}

/** Answers the browser's question before a request (`OPTIONS`), which nobody signs. */
export function preflight(store: Store, request: S3Request, response: ServerResponse): void {
  const origin = headerOf(request.http, 'origin');
  const method = headerOf(request.http, 'access-control-request-method');
  if (origin === undefined || method === undefined) {
    throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  }
  const headers = (headerOf(request.http, 'access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const rule = findRule(store, request, { origin, method, headers });
  if (!rule) throw new S3Error('AccessForbidden');
  reply(response, 200, {
    ...corsHeaders(rule, origin),
    'access-control-allow-headers': headers.join(', ') || undefined,
    'access-control-max-age': rule.maxAgeSeconds,
  });
}

function findRule(
  store: Store,
  request: S3Request,
  asked: { origin: string; method: string; headers: string[] },
): CorsRule | undefined {
  return store.index
    .bucket(request.bucket)
    ?.cors?.find(
      (rule) =>
        rule.origins.some((pattern) => matches(pattern, asked.origin)) &&
        rule.methods.includes(asked.method) &&
        asked.headers.every((name) =>
          rule.headers.some((pattern) => matches(pattern.toLowerCase(), name)),
        ),
    );
}

function corsHeaders(rule: CorsRule, origin: string): Record<string, string | undefined> {
  const any = rule.origins.includes('*');
  return {
    'access-control-allow-origin': any ? '*' : origin,
    'access-control-allow-credentials': any ? undefined : 'true',
    'access-control-allow-methods': rule.methods.join(', '),
    'access-control-expose-headers': rule.expose.join(', ') || undefined,
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

function matches(pattern: string, text: string): boolean {
  const [before = '', after] = pattern.split('*', 2);
  if (after === undefined) return pattern === text;
  return (
    text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after)
  );
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html */
export async function putBucketCors(call: Call): Promise<void> {
  const { store, request, response } = call;
  const bucket = requireBucket(store, request.bucket);
  const body = await collectBody(openRequestBody(call), MAX_BODY_BYTES);
  const rules = readXml(body.toString(), 'CORSConfiguration').all('CORSRule').map(readRule);
  if (rules.length === 0 || rules.length > 100) throw new S3Error('MalformedXML');
  await store.index.commit([store.index.putBucket(request.bucket, { ...bucket, cors: rules })]);
  reply(response, 200);
}

function readRule(node: XmlNode): CorsRule {
  const [origins, methods] = [node.texts('AllowedOrigin'), node.texts('AllowedMethod')];
  const headers = node.texts('AllowedHeader');
  if (origins.length === 0 || methods.length === 0) throw new S3Error('MalformedXML');
  const unsupported = methods.find((method) => !METHODS.includes(method));
  if (unsupported !== undefined) {
    throw new S3Error(
      'InvalidRequest',
      `Found unsupported HTTP method in CORS config. Unsupported method is ${unsupported}`,
    );
  }
  for (const pattern of [...origins, ...headers]) {
    if (pattern.split('*').length > 2) {
      throw new S3Error('InvalidRequest', `"${pattern}" can not have more than one wildcard.`);
    }
  }
  const [id, maxAge] = [node.text('ID'), node.text('MaxAgeSeconds')];
  if (maxAge !== undefined && !/^[0-9]{1,9}$/.test(maxAge)) throw new S3Error('MalformedXML');
  return {
    origins,
    methods,
    headers,
    expose: node.texts('ExposeHeader'),
    ...(id !== undefined && { id }),
    ...(maxAge !== undefined && { maxAgeSeconds: Number(maxAge) }),
  };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html */
export function getBucketCors({ store, request, response }: Call): void {
  const { cors } = requireBucket(store, request.bucket);
  if (!cors) throw new S3Error('NoSuchCORSConfiguration');
  replyXml(response, 'CORSConfiguration', {
    CORSRule: cors.map((rule) => ({
      ID: rule.id,
      AllowedOrigin: rule.origins,
      AllowedMethod: rule.methods,
      AllowedHeader: rule.headers,
      ExposeHeader: rule.expose,
      MaxAgeSeconds: rule.maxAgeSeconds,
    })),
  });
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html */
export async function deleteBucketCors({ store, request, response }: Call): Promise<void> {
  const { createdAt } = requireBucket(store, request.bucket);
  await store.index.commit([store.index.putBucket(request.bucket, { createdAt })]);
  reply(response, 204);
}
