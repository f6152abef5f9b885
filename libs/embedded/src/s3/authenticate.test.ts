import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { send, sendSigned, signed, type SigningChanges } from '../../test/raw-request.ts';
import { atEnd, refusal, startRunning, type Running } from '../../test/running-embedded.ts';

const put = {
  method: 'PUT',
  path: '/file-upload/k',
  headers: { 'content-length': '5', 'x-amz-meta-a': 'b' },
  body: 'hello',
};
const MINUTE = 60_000;

describe('a signature in the header', () => {
  test('is good for what was signed, spaces and all', async () => {
    const running = await startRunning();
    const headers = { ...put.headers, 'x-amz-meta-a': '  b   c ' };
    expect(await sendSigned(running, { ...put, headers })).toMatchObject({ status: 200 });
    const path = '/file-upload/a%2Fb//../%7E(x)!*';
    expect(await sendSigned(running, { ...put, path })).toMatchObject({ status: 200 });
    expect(await sendSigned(running, { path })).toMatchObject({ status: 200, body: 'hello' });
    const query = '/file-upload?prefix=a%2Fb%20c&delimiter=&list-type=2';
    expect(await sendSigned(running, { path: query })).toMatchObject({ status: 200 });
  });

  test.each([
    ['another method', { method: 'DELETE' }],
    ['another path', { path: '/file-upload/other' }],
    ['another query', { path: '/file-upload/k?tagging' }],
  ])('is not good for %s', async (_, change) => {
    const running = await startRunning();
    const request = signed(running, put);
    expect(await send(running, { ...request, ...change })).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
  });

  test.each([
    ['changed', { 'x-amz-meta-a': 'c' }],
    ['for another day', { 'x-amz-date': '20200101T000000Z' }],
  ])('is not good with a header that is %s', async (_, change) => {
    const running = await startRunning();
    const request = signed(running, put);
    const answer = await send(running, { ...request, headers: { ...request.headers, ...change } });
    expect(answer.status).toBe(403);
  });

  test('is not good when a signed header is missing', async () => {
    const running = await startRunning();
    const { headers, ...request } = signed(running, put);
    const rest = without(headers, 'x-amz-meta-a');
    expect(await send(running, { ...request, headers: rest })).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
  });

  test('covers every x-amz header there is', async () => {
    const running = await startRunning();
    const unsigned = { 'x-amz-tagging': 'visibility=public' };
    const answer = await sendSigned(running, put, { unsigned });
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(answer.body).toContain('<HeadersNotSigned>x-amz-tagging</HeadersNotSigned>');
  });

  test.each<[string, SigningChanges, number, string]>([
    [
      'a key that is not known',
      { credentials: { accessKeyId: 'X', secretAccessKey: 'Y' } },
      403,
      'InvalidAccessKeyId',
    ],
    ['another region', { region: 'eu-west-1' }, 400, 'AuthorizationHeaderMalformed'],
    ['another service', { service: 'dynamodb' }, 400, 'AuthorizationHeaderMalformed'],
    ['a clock that is slow', { at: Date.now() - 16 * MINUTE }, 403, 'RequestTimeTooSkewed'],
    ['a clock that is fast', { at: Date.now() + 16 * MINUTE }, 403, 'RequestTimeTooSkewed'],
    ['a payload hash of no kind', { payloadHash: 'nonsense' }, 400, 'InvalidArgument'],
    [
      'the hash of another payload',
      { payloadHash: '0'.repeat(64) },
      400,
      'XAmzContentSHA256Mismatch',
    ],
  ])('is refused with %s', async (_, changes, status, code) => {
    const running = await startRunning();
    expect(await sendSigned(running, put, changes)).toMatchObject({ status, code });
    expect(await refusal(head(running))).toMatchObject({ status: 404 });
  });

  test('is refused with another secret', async () => {
    const running = await startRunning();
    const credentials = { ...running.embedded.credentials, secretAccessKey: 'guess' };
    expect(await sendSigned(running, put, { credentials })).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
  });

  test.each([
    ['AWS4-HMAC-SHA256', 'AuthorizationHeaderMalformed'],
    [
      'AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c',
      'AuthorizationHeaderMalformed',
    ],
    ['AWS key:signature', 'InvalidRequest'],
    ['Bearer token', 'InvalidRequest'],
    ['', 'InvalidRequest'],
  ])('is refused when it is %j', async (authorization, code) => {
    const running = await startRunning();
    const { headers, ...request } = signed(running, put);
    expect(
      await send(running, { ...request, headers: { ...headers, authorization } }),
    ).toMatchObject({
      status: 400,
      code,
    });
  });

  test('is refused without a date or a payload hash', async () => {
    const running = await startRunning();
    const { headers = {}, ...request } = signed(running, put);
    const dateless = without(headers, 'x-amz-date');
    expect(await send(running, { ...request, headers: dateless })).toMatchObject({
      code: 'AccessDenied',
    });
    const hashless = without(headers, 'x-amz-content-sha256');
    expect(await send(running, { ...request, headers: hashless })).toMatchObject({
      code: 'InvalidRequest',
    });
  });

  test('is refused with temporary credentials, which there are none of', async () => {
    const running = await startRunning();
    const headers = { ...put.headers, 'x-amz-security-token': 'token' };
    expect(await sendSigned(running, { ...put, headers })).toMatchObject({ status: 501 });
  });
});

describe('a presigned URL', () => {
  /** Without the checksum that the SDK would compute of nothing. */
  const presigner = (running: Running): S3Client =>
    running.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });

  test('uploads exactly what was signed', async () => {
    const running = await startRunning();
    const command = new PutObjectCommand({
      Bucket: running.bucket,
      Key: 'dir/a b+ü.txt',
      ContentType: 'text/plain',
      ContentLength: 5,
      IfNoneMatch: '*',
      ChecksumSHA256: 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=',
      Metadata: { a: 'b' },
    });
    const url = await getSignedUrl(presigner(running), command, {
      unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
      signableHeaders: new Set(['content-type', 'content-length', 'host', 'if-none-match']),
    });
    const upload = (body: string, headers: Record<string, string> = {}) =>
      fetch(url, {
        method: 'PUT',
        body,
        headers: {
          'content-type': 'text/plain',
          'if-none-match': '*',
          'x-amz-checksum-sha256': 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=',
          ...headers,
        },
      });
    expect((await upload('hello!')).status).toBe(403);
    expect((await upload('hello', { 'content-type': 'text/html' })).status).toBe(403);
    expect((await upload('hello', { 'if-none-match': '"x"' })).status).toBe(403);
    expect((await upload('hello', { 'x-amz-meta-more': 'x' })).status).toBe(403);
    const tampered = await upload('hallo');
    expect([tampered.status, /<Code>(\w+)/.exec(await tampered.text())?.[1]]).toEqual([
      400,
      'BadDigest',
    ]);
    expect((await upload('hello')).status).toBe(200);
    expect((await upload('hello')).status).toBe(412);
    const stored = await running.s3.send(
      new HeadObjectCommand({ Bucket: running.bucket, Key: 'dir/a b+ü.txt' }),
    );
    expect(stored).toMatchObject({ ContentType: 'text/plain', Metadata: { a: 'b' } });
  });

  test('refuses a checksum in the query, where it has no effect', async () => {
    const running = await startRunning();
    const command = new PutObjectCommand({ Bucket: running.bucket, Key: 'k' });
    const response = await fetch(await getSignedUrl(running.s3, command), {
      method: 'PUT',
      body: 'hello',
    });
    expect(response.status).toBe(501);
    expect(await response.text()).toContain('WHEN_REQUIRED');
  });

  test('is good until it expires', async () => {
    const running = await startRunning();
    const command = new GetObjectCommand({ Bucket: running.bucket, Key: 'k' });
    await running.s3.send(new PutObjectCommand({ Bucket: running.bucket, Key: 'k', Body: 'x' }));
    const get = async (agoMillis: number, expiresIn: number): Promise<[number, string]> => {
      const signingDate = new Date(Date.now() - agoMillis);
      const url = await getSignedUrl(presigner(running), command, { expiresIn, signingDate });
      const response = await fetch(url);
      return [response.status, await response.text()];
    };
    expect((await get(59 * MINUTE, 3600))[0]).toBe(200);
    const [status, text] = await get(61 * MINUTE, 3600);
    expect([status, text.includes('Request has expired')]).toEqual([403, true]);
    expect((await get(-16 * MINUTE, 3600))[0]).toBe(403);
    expect((await get(0, 604_800))[0]).toBe(200);
  });

  test('refuses parameters that are wrong or missing', async () => {
    const running = await startRunning();
    const command = new GetObjectCommand({ Bucket: running.bucket, Key: 'k' });
    const good = new URL(await getSignedUrl(presigner(running), command));
    const change = async (name: string, value: string | undefined) => {
      const url = new URL(good);
      if (value === undefined) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
      const text = await (await fetch(url)).text();
      return /<Code>(\w+)/.exec(text)?.[1];
    };
    const wrong = 'AuthorizationQueryParametersError';
    for (const name of ['Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature']) {
      expect(await change(`X-Amz-${name}`, undefined)).toBe(wrong);
    }
    for (const expires of ['0', '-1', 'x', '604801', '1.5']) {
      expect(await change('X-Amz-Expires', expires)).toBe(wrong);
    }
    expect(await change('X-Amz-Date', '2026-01-01')).toBe(wrong);
    expect(await change('X-Amz-Algorithm', 'AWS4-HMAC-SHA1')).toBe(wrong);
    expect(await change('X-Amz-Credential', 'a/20260101/us-east-1/s3/aws4_request')).toBe(
      'InvalidAccessKeyId',
    );
    expect(await change('X-Amz-Signature', '0'.repeat(64))).toBe('SignatureDoesNotMatch');
    expect(await change('prefix', 'x')).toBe('SignatureDoesNotMatch');
    expect(await change('X-Amz-Expires', '901')).toBe('SignatureDoesNotMatch');
  });

  test('does not go with a signature in the header', async () => {
    const running = await startRunning();
    const command = new GetObjectCommand({ Bucket: running.bucket, Key: 'k' });
    const url = await getSignedUrl(presigner(running), command);
    const response = await fetch(url, { headers: { authorization: 'AWS4-HMAC-SHA256 x' } });
    expect(response.status).toBe(400);
  });

  test('of the second version is refused', async () => {
    const running = await startRunning();
    const path = '/file-upload/k?AWSAccessKeyId=a&Expires=1&Signature=b';
    expect(await send(running, { path })).toMatchObject({ code: 'InvalidRequest' });
  });
});

test.each([
  ['GET', '/file-upload?acl'],
  ['GET', '/file-upload?policy'],
  ['GET', '/file-upload?lifecycle'],
  ['PUT', '/file-upload?versioning'],
  ['GET', '/file-upload?versions'],
  ['GET', '/file-upload/k?versionId=1'],
  ['PUT', '/file-upload/k?acl'],
  ['PUT', '/file-upload/k?retention'],
  ['POST', '/file-upload/k?select&select-type=2'],
  ['POST', '/file-upload/k?restore'],
  ['GET', '/file-upload/k?something-new'],
])('does not implement %s %s, and says so', async (method, path) => {
  const running = await startRunning();
  const answer = await sendSigned(running, { method, path, headers: { 'content-length': '0' } });
  expect(answer).toMatchObject({ status: 501, code: 'NotImplemented' });
});

test.each([
  { 'x-amz-acl': 'public-read' },
  { 'x-amz-grant-read': 'id=1' },
  { 'x-amz-storage-class': 'GLACIER' },
  { 'x-amz-server-side-encryption': 'aws:kms' },
  { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' },
  { 'x-amz-object-lock-mode': 'GOVERNANCE' },
  { 'x-amz-website-redirect-location': '/x' },
  { 'x-amz-write-offset-bytes': '0' },
  { 'x-amz-something-new': 'x' },
])('does not implement %j, and says so', async (headers) => {
  const running = await startRunning();
  const all = { ...put.headers, ...headers } as unknown as Record<string, string>;
  expect(await sendSigned(running, { ...put, headers: all })).toMatchObject({ status: 501 });
});

test.each([
  { 'x-amz-acl': 'private' },
  { 'x-amz-storage-class': 'STANDARD' },
  { 'x-amz-server-side-encryption': 'AES256' },
])('takes %j, which changes nothing', async (headers) => {
  const running = await startRunning();
  const all = { ...put.headers, ...headers } as unknown as Record<string, string>;
  expect(await sendSigned(running, { ...put, headers: all })).toMatchObject({ status: 200 });
});

test('answers errors as S3 does, and each answer with an id of its own', async () => {
  const running = await startRunning();
  const [one, two] = [await send(running, { path: '/' }), await send(running, { path: '/' })];
  expect(one.headers['content-type']).toBe('application/xml');
  expect(one.body).toContain(`<RequestId>${String(one.headers['x-amz-request-id'])}</RequestId>`);
  expect(one.headers['x-amz-request-id']).not.toBe(two.headers['x-amz-request-id']);
});

test('refuses a body before it is sent, where the client waits for leave', async () => {
  const running = await startRunning();
  const s3 = new S3Client({
    endpoint: running.embedded.s3Endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { ...running.embedded.credentials, secretAccessKey: 'wrong' },
  });
  atEnd(() => Promise.resolve(s3.destroy()));
  const big = { Bucket: running.bucket, Key: 'k', Body: Buffer.alloc(20_000_000) };
  expect(await refusal(s3.send(new PutObjectCommand(big)))).toMatchObject({
    code: 'SignatureDoesNotMatch',
  });
});

function head({ s3, bucket: Bucket }: Running) {
  return s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
}

function without(headers: Record<string, string> = {}, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
}
