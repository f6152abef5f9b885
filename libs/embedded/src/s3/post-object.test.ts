import { request as httpRequest } from 'node:http';
import { readdir } from 'node:fs/promises';
import { GetObjectCommand, GetObjectTaggingCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { checksumOf } from '@file-upload/storage';
import { refusal, startRunning, type Running } from '../../test/running-embedded.ts';
import { sign, signingKey } from './sigv4.ts';

const file = Buffer.from('hello');

async function presign(running: Running, options: Partial<PresignedPostOptions> = {}) {
  return createPresignedPost(running.s3, { Bucket: running.bucket, Key: 'k', ...options });
}

/** Sends a form as a browser does: the fields, and then the file. */
async function post(
  { url, fields }: { url: string; fields: Record<string, string> },
  body: Buffer | undefined = file,
  fileName = 'holiday.txt',
) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(body)]), fileName);
  const response = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  const text = await response.text();
  return { response, status: response.status, text, code: /<Code>(\w+)/.exec(text)?.[1] };
}

test('stores a file sent by a form, with what its fields say', async () => {
  const running = await startRunning();
  const { s3, bucket: Bucket } = running;
  const presigned = await presign(running, {
    Key: 'dir/${filename}',
    Conditions: [
      ['starts-with', '$Content-Type', 'text/'],
      ['content-length-range', 1, 10],
      ['eq', '$x-amz-meta-owner', 'grün'],
    ],
    Fields: {
      'Content-Type': 'text/plain',
      'Cache-Control': 'no-store',
      'x-amz-meta-owner': 'grün',
      'x-amz-checksum-crc32': await checksumOf('CRC32', file),
      tagging: '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>',
    },
  });
  const answer = await post(presigned, file, 'C:\\photos\\holiday ü.txt');
  expect([answer.status, answer.text]).toEqual([204, '']);
  expect(answer.response.headers.get('etag')).toBe('"5d41402abc4b2a76b9719d911017c592"');
  const Key = 'dir/holiday ü.txt';
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
  expect(await got.Body?.transformToString()).toBe('hello');
  expect(got).toMatchObject({ ContentType: 'text/plain', CacheControl: 'no-store' });
  const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key }));
  expect(TagSet).toEqual([{ Key: 'a', Value: 'b' }]);
});

test('answers success as the form asks', async () => {
  const running = await startRunning();
  const status = async (value: string) =>
    post(await presign(running, { Fields: { success_action_status: value } }));
  const created = await status('201');
  expect(created.status).toBe(201);
  expect(created.text).toContain('<Key>k</Key><ETag>&quot;5d41');
  expect(created.response.headers.get('location')).toBe(
    `${running.embedded.s3Endpoint}/file-upload/k`,
  );
  expect((await status('200')).status).toBe(200);
  expect((await status('500')).status).toBe(204);
  const redirect = async (success_action_redirect: string) =>
    post(await presign(running, { Fields: { success_action_redirect } }));
  const away = await redirect('https://example.com/done?a=b');
  expect(away.status).toBe(303);
  expect(away.response.headers.get('location')).toBe(
    'https://example.com/done?a=b&bucket=file-upload&key=k&etag=%225d41402abc4b2a76b9719d911017c592%22',
  );
  expect((await redirect('javascript:alert(1)')).status).toBe(204);
});

test.each<[string, (fields: Record<string, string>) => Record<string, string>, number, string]>([
  ['a field that no condition covers', (f) => ({ ...f, 'x-amz-meta-a': 'b' }), 403, 'AccessDenied'],
  ['another key', (f) => ({ ...f, key: 'other' }), 403, 'AccessDenied'],
  ['another bucket', (f) => ({ ...f, bucket: 'other' }), 403, 'AccessDenied'],
  ['no policy', ({ Policy: _, ...f }) => f, 403, 'AccessDenied'],
  ['no signature', ({ 'X-Amz-Signature': _, ...f }) => f, 400, 'InvalidArgument'],
  [
    'a changed policy',
    (f) => ({ ...f, Policy: Buffer.from('{}').toString('base64') }),
    403,
    'SignatureDoesNotMatch',
  ],
  [
    'a changed signature',
    (f) => ({ ...f, 'X-Amz-Signature': '0'.repeat(64) }),
    403,
    'SignatureDoesNotMatch',
  ],
  [
    'an unknown key id',
    (f) => ({ ...f, 'X-Amz-Credential': 'A/20260101/us-east-1/s3/aws4_request' }),
    403,
    'InvalidAccessKeyId',
  ],
  [
    'another algorithm',
    (f) => ({ ...f, 'X-Amz-Algorithm': 'AWS4-HMAC-SHA1' }),
    400,
    'InvalidArgument',
  ],
])('refuses a form with %s', async (_, change, status, code) => {
  const running = await startRunning();
  const { url, fields } = await presign(running);
  expect(await post({ url, fields: change(fields) })).toMatchObject({ status, code });
  await expectNothing(running);
});

test('refuses a form that has expired', async () => {
  const running = await startRunning();
  const expired = await presign(running, { Expires: -1 });
  const answer = await post(expired);
  expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
  expect(answer.text).toContain('Policy expired');
});

test.each([
  [Buffer.alloc(9), 'EntityTooSmall'],
  [Buffer.alloc(101), 'EntityTooLarge'],
  [Buffer.alloc(3_000_000), 'EntityTooLarge'],
])('refuses a file of a size the policy does not allow', async (body, code) => {
  const running = await startRunning();
  const presigned = await presign(running, { Conditions: [['content-length-range', 10, 100]] });
  expect(await post(presigned, body)).toMatchObject({ status: 400, code });
  await expectNothing(running);
});

test('refuses a file without the checksum in its field', async () => {
  const running = await startRunning();
  const presigned = await presign(running, { Fields: { 'x-amz-checksum-crc32': 'AAAAAA==' } });
  expect(await post(presigned)).toMatchObject({ status: 400, code: 'BadDigest' });
  await expectNothing(running);
});

test.each([
  ['acl', 'public-read'],
  ['x-amz-security-token', 'token'],
  ['x-amz-storage-class', 'GLACIER'],
])('does not implement the field %s', async (name, value) => {
  const running = await startRunning();
  const presigned = await presign(running, { Fields: { [name]: value } });
  expect(await post(presigned)).toMatchObject({ status: 501, code: 'NotImplemented' });
});

test.each([
  ['no conditions', { expiration: '2099-01-01T00:00:00Z' }],
  ['no expiration', { conditions: [] }],
  [
    'a condition of no kind',
    { expiration: '2099-01-01T00:00:00Z', conditions: [['ends-with', '$key', 'x']] },
  ],
  [
    'a condition on nothing',
    { expiration: '2099-01-01T00:00:00Z', conditions: [['eq', 'key', 'x']] },
  ],
  [
    'a range of words',
    { expiration: '2099-01-01T00:00:00Z', conditions: [['content-length-range', 'a', 'b']] },
  ],
  ['more than it may have', { expiration: '2099-01-01T00:00:00Z', conditions: [], extra: 1 }],
])('refuses a policy with %s', async (_, policy) => {
  const running = await startRunning();
  const { url, fields } = await presign(running);
  const Policy = Buffer.from(JSON.stringify(policy)).toString('base64');
  const day = fields['X-Amz-Date']!.slice(0, 8);
  const scope = { day, region: 'us-east-1', service: 's3' };
  const key = signingKey(running.embedded.credentials.secretAccessKey, scope);
  const signedAgain = { ...fields, Policy, 'X-Amz-Signature': sign(key, Policy) };
  expect(await post({ url, fields: signedAgain })).toMatchObject({
    status: 400,
    code: 'InvalidPolicyDocument',
  });
});

describe('a form that is not as it should be', () => {
  const boundary = 'xxx';
  const part = (name: string, value: string, fileName?: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"` +
    `${fileName === undefined ? '' : `; filename="${fileName}"`}\r\n\r\n${value}\r\n`;
  const end = `--${boundary}--\r\n`;

  const raw = (
    running: Running,
    body: string,
    type = `multipart/form-data; boundary=${boundary}`,
  ) =>
    new Promise<string | undefined>((resolve, reject) => {
      const outgoing = httpRequest(
        `${running.embedded.s3Endpoint}/file-upload`,
        {
          method: 'POST',
          headers: { 'content-type': type, 'content-length': Buffer.byteLength(body) },
        },
        (incoming) => {
          let text = '';
          incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
          incoming.on('end', () =>
            resolve(/<Code>(\w+)/.exec(text)?.[1] ?? String(incoming.statusCode)),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const fieldsOf = async (running: Running): Promise<string> =>
    Object.entries((await presign(running)).fields)
      .map(([name, value]) => part(name, value))
      .join('');

  test('is refused, and nothing of it is kept', async () => {
    const running = await startRunning();
    const fields = await fieldsOf(running);
    const whole = part('file', 'hello', 'f');
    expect(await raw(running, fields + end)).toBe('IncorrectNumberOfFilesInPostRequest');
    expect(await raw(running, fields + whole + whole + end)).toBe(
      'IncorrectNumberOfFilesInPostRequest',
    );
    expect(await raw(running, fields + part('other', 'x', 'f') + end)).toBe(
      'IncorrectNumberOfFilesInPostRequest',
    );
    expect(await raw(running, fields + whole)).toBe('MalformedPOSTRequest');
    expect(await raw(running, fields + part('key', 'k') + whole + end)).toBe('InvalidArgument');
    expect(await raw(running, part('x-ignore-a', 'x'.repeat(30_000)) + whole + end)).toBe(
      'MaxPostPreDataLengthExceeded',
    );
    expect(await raw(running, fields + whole + end, 'multipart/form-data')).toBe(
      'MalformedPOSTRequest',
    );
    expect(await raw(running, whole + fields + end)).toBe('AccessDenied');
    await expectNothing(running);
  });

  test('may have fields after the file, which are ignored', async () => {
    const running = await startRunning();
    const fields = await fieldsOf(running);
    const body = fields + part('file', 'hello', 'f') + part('submit', 'Upload') + end;
    expect(await raw(running, body)).toBe('204');
  });
});

async function expectNothing({ s3, bucket: Bucket, dataDir }: Running): Promise<void> {
  const head = refusal(s3.send(new HeadObjectCommand({ Bucket, Key: 'k' })));
  expect((await head).status).toBe(404);
  expect(await readdir(`${dataDir}/s3/tmp`)).toEqual([]);
  const blobs = await readdir(`${dataDir}/s3/blobs`, { recursive: true });
  expect(blobs.filter((name) => name.includes('/'))).toEqual([]);
}
