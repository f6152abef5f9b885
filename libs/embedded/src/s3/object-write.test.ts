import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  ChecksumAlgorithm,
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  DeleteObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { checksumOf } from '@file-upload/storage';
import { send, sendSigned } from '../../test/raw-request.ts';
import { refusal, startRunning } from '../../test/running-embedded.ts';

const bytes = Buffer.from('The quick brown fox jumps over the lazy dog.');
const md5 = (body: Buffer): string => createHash('md5').update(body).digest('hex');

test.each([
  ['a string', () => bytes.toString(), undefined],
  ['a buffer', () => bytes, undefined],
  ['a stream of known length', () => Readable.from([bytes]), bytes.length],
  ['nothing', () => '', undefined],
])('stores %s and gives it back', async (_, body, ContentLength) => {
  const { s3, bucket: Bucket } = await startRunning();
  const put = await s3.send(
    new PutObjectCommand({
      Bucket,
      Key: 'k',
      Body: body(),
      ...(ContentLength !== undefined && { ContentLength }),
    }),
  );
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  const expected = body() === '' ? Buffer.alloc(0) : bytes;
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(expected);
  expect(put.ETag).toBe(`"${md5(expected)}"`);
  expect(got.ETag).toBe(put.ETag);
});

test('stores a body of many chunks whole', async () => {
  const { s3, bucket: Bucket } = await startRunning();
  const big = Buffer.alloc(5_000_003, 'abcdefg');
  const Body = Readable.from([big.subarray(0, 1_000_000), big.subarray(1_000_000)]);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'big', Body, ContentLength: big.length }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'big' }));
  expect(md5(Buffer.from((await got.Body?.transformToByteArray()) ?? []))).toBe(md5(big));
});

test.each(Object.values(ChecksumAlgorithm).filter((name) => /^(CRC|SHA1$|SHA256$)/.test(name)))(
  'verifies, keeps and returns a %s that the SDK computes',
  async (ChecksumAlgorithm) => {
    const { s3, bucket: Bucket } = await startRunning();
    const Key = 'k';
    const member = `Checksum${ChecksumAlgorithm}`;
    const put = await s3.send(
      new PutObjectCommand({ Bucket, Key, Body: bytes, ChecksumAlgorithm }),
    );
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    const value = await checksumOf(ChecksumAlgorithm as 'CRC32', bytes);
    expect(put).toMatchObject({ [member]: value, ChecksumType: 'FULL_OBJECT' });
    expect(head).toMatchObject({ [member]: value, ChecksumType: 'FULL_OBJECT' });
  },
);

test('computes CRC-64/NVME itself when the client sends no checksum', async () => {
  const { client, bucket: Bucket } = await startRunning();
  const s3 = client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
  const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bytes }));
  expect(put.ChecksumCRC64NVME).toBe(await checksumOf('CRC64NVME', bytes));
});

test('gives checksums only to those who ask', async () => {
  const { client, bucket: Bucket } = await startRunning();
  const s3 = client({ responseChecksumValidation: 'WHEN_REQUIRED' });
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bytes }));
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  expect(head.ChecksumCRC32).toBeUndefined();
});

test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
  'refuses a body that does not have the %s it was sent with, and stores nothing',
  async (algorithm) => {
    const { s3, bucket: Bucket } = await startRunning();
    const wrong = await checksumOf(algorithm, Buffer.from('other'));
    const put = new PutObjectCommand({
      Bucket,
      Key: 'k',
      Body: bytes,
      [`Checksum${algorithm}`]: wrong,
    });
    expect(await refusal(s3.send(put))).toMatchObject({ code: 'BadDigest', status: 400 });
    expect(await refusal(s3.send(new HeadObjectCommand({ Bucket, Key: 'k' })))).toMatchObject({
      status: 404,
    });
  },
);

test('refuses a wrong Content-MD5, and one that is no MD5', async () => {
  const running = await startRunning();
  const put = (value: string) =>
    sendSigned(running, {
      method: 'PUT',
      path: '/file-upload/k',
      headers: { 'content-md5': value, 'content-length': '3' },
      body: 'abc',
    });
  const right = createHash('md5').update('abc').digest('base64');
  expect((await put(right)).status).toBe(200);
  expect((await put(createHash('md5').update('x').digest('base64'))).code).toBe('BadDigest');
  expect((await put('nonsense')).code).toBe('InvalidDigest');
});

test.each([
  [{ 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-sha1': 'A'.repeat(27) + '=' }],
  [{ 'x-amz-checksum-crc32': 'not base64' }],
  [{ 'x-amz-checksum-crc32': 'AAAA' }],
  [{ 'x-amz-sdk-checksum-algorithm': 'CRC32' }],
  [{ 'x-amz-sdk-checksum-algorithm': 'MD4', 'x-amz-checksum-crc32': 'AAAAAA==' }],
  [{ 'x-amz-sdk-checksum-algorithm': 'SHA256', 'x-amz-checksum-crc32': 'AAAAAA==' }],
  [{ 'x-amz-trailer': 'x-amz-checksum-crc32' }],
])('refuses checksum headers that make no sense: %j', async (headers) => {
  const running = await startRunning();
  const answer = await sendSigned(running, {
    method: 'PUT',
    path: '/file-upload/k',
    headers: { ...headers, 'content-length': '0' },
  });
  expect(answer).toMatchObject({ status: 400, code: 'InvalidRequest' });
});

test('keeps headers, metadata and tags, and takes aws-chunked off the encoding', async () => {
  const { s3, bucket: Bucket } = await startRunning();
  const Key = 'k';
  await s3.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body: Readable.from([bytes]),
      ContentLength: bytes.length,
      ContentType: 'text/plain; charset=utf-8',
      ContentEncoding: 'gzip',
      ContentLanguage: 'en',
      ContentDisposition: 'attachment; filename="fox.txt"',
      CacheControl: 'max-age=60',
      Expires: new Date('2030-01-01T00:00:00Z'),
      Metadata: { owner: 'anonymous', empty: '' },
      Tagging: 'visibility=public&a+b=c%2Bd',
    }),
  );
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  expect(head).toMatchObject({
    ContentType: 'text/plain; charset=utf-8',
    ContentEncoding: 'gzip',
    ContentLanguage: 'en',
    ContentDisposition: 'attachment; filename="fox.txt"',
    CacheControl: 'max-age=60',
    ExpiresString: 'Tue, 01 Jan 2030 00:00:00 GMT',
    Metadata: { owner: 'anonymous', empty: '' },
    ContentLength: bytes.length,
    TagCount: 2,
  });
  const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key }));
  expect(TagSet).toEqual([
    { Key: 'visibility', Value: 'public' },
    { Key: 'a b', Value: 'c+d' },
  ]);
});

test('calls a body of no type binary/octet-stream', async () => {
  const running = await startRunning();
  await sendSigned(running, {
    method: 'PUT',
    path: '/file-upload/k',
    headers: { 'content-length': '0' },
  });
  const head = await running.s3.send(new HeadObjectCommand({ Bucket: running.bucket, Key: 'k' }));
  expect(head.ContentType).toBe('binary/octet-stream');
});

test('gives metadata that is not ASCII back as an encoded word', async () => {
  const running = await startRunning();
  const value = Buffer.from('grün').toString('latin1');
  await sendSigned(running, {
    method: 'PUT',
    path: '/file-upload/k',
    headers: { 'content-length': '0', 'x-amz-meta-colour': value },
  });
  const head = await running.s3.send(new HeadObjectCommand({ Bucket: running.bucket, Key: 'k' }));
  expect(head.Metadata).toEqual({
    colour: `=?UTF-8?B?${Buffer.from('grün').toString('base64')}?=`,
  });
});

test('changes and removes tags without touching the object', async () => {
  const { s3, bucket: Bucket } = await startRunning();
  const Key = 'k';
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes, Metadata: { a: 'b' } }));
  const before = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  const TagSet = [{ Key: 'visibility', Value: 'public' }];
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }));
  expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet).toEqual(TagSet);
  await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key }));
  expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet).toEqual([]);
  const after = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  expect(after).toMatchObject({
    ETag: before.ETag,
    LastModified: before.LastModified,
    Metadata: { a: 'b' },
  });
});

test.each([
  ['too many', Array.from({ length: 11 }, (_, i) => [`k${i}`, 'v'] as const), 'BadRequest'],
  ['a key twice', [['a', '1'] as const, ['a', '2'] as const], 'InvalidTag'],
  ['an empty key', [['', '1'] as const], 'InvalidTag'],
  ['a long key', [['k'.repeat(129), '1'] as const], 'InvalidTag'],
  ['a long value', [['k', 'v'.repeat(257)] as const], 'InvalidTag'],
  ['a forbidden character', [['k', 'a<b'] as const], 'InvalidTag'],
  ['a reserved key', [['aws:x', '1'] as const], 'InvalidTag'],
])('refuses tags: %s', async (_, tags, code) => {
  const { s3, bucket: Bucket } = await startRunning();
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '' }));
  const TagSet = tags.map(([Key, Value]) => ({ Key, Value }));
  const put = new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet } });
  expect(await refusal(s3.send(put))).toMatchObject({ code, status: 400 });
  const Tagging = tags.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  const create = new PutObjectCommand({ Bucket, Key: 'k', Body: '', Tagging });
  expect(await refusal(s3.send(create))).toMatchObject({ code, status: 400 });
});

test('refuses more than 2 KB of metadata', async () => {
  const { s3, bucket: Bucket } = await startRunning();
  const put = (length: number) =>
    s3.send(
      new PutObjectCommand({ Bucket, Key: 'k', Body: '', Metadata: { k: 'v'.repeat(length) } }),
    );
  await put(2047);
  expect(await refusal(put(2048))).toMatchObject({ code: 'MetadataTooLarge', status: 400 });
});

test('of many creates that may not overwrite, one wins', async () => {
  const { s3, bucket: Bucket } = await startRunning();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: `body ${i}`, IfNoneMatch: '*' })),
    ),
  );
  const won = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
  expect(won).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected')
      expect(outcome.reason).toHaveProperty('name', 'PreconditionFailed');
  }
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  expect(await got.Body?.transformToString()).toBe(`body ${won[0]}`);
});

test('overwrites only the object that If-Match names', async () => {
  const { s3, bucket: Bucket } = await startRunning();
  const put = (Body: string, IfMatch?: string) =>
    s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body, ...(IfMatch && { IfMatch }) }));
  expect(await refusal(put('x', '"abc"'))).toMatchObject({ code: 'NoSuchKey', status: 404 });
  const { ETag = '' } = await put('one');
  expect(await refusal(put('two', '"abc"'))).toMatchObject({ status: 412 });
  await put('two', ETag);
  expect(await refusal(put('three', ETag))).toMatchObject({ code: 'PreconditionFailed' });
});

test('deletes an object, and says the same when there is none', async () => {
  const { s3, bucket: Bucket } = await startRunning();
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '' }));
  for (let i = 0; i < 2; i++) {
    const { $metadata } = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    expect($metadata.httpStatusCode).toBe(204);
  }
  expect(await refusal(s3.send(new GetObjectCommand({ Bucket, Key: 'k' })))).toMatchObject({
    code: 'NoSuchKey',
    status: 404,
  });
});

test('deletes many objects at once, with keys that XML has to escape', async () => {
  const { s3, bucket: Bucket } = await startRunning();
  const keys = ['plain', 'a & b <c> "d"', "it's", 'über/\u{1F600}'];
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: '' }));
  const result = await s3.send(
    new DeleteObjectsCommand({
      Bucket,
      Delete: { Objects: [...keys, 'absent'].map((Key) => ({ Key })) },
    }),
  );
  expect(result.Deleted?.map(({ Key }) => Key).sort()).toEqual([...keys, 'absent'].sort());
  for (const Key of keys) {
    expect(await refusal(s3.send(new HeadObjectCommand({ Bucket, Key })))).toMatchObject({
      status: 404,
    });
  }
});

test('deletes quietly, refuses conditions it does not know, and refuses more than 1,000', async () => {
  const { s3, bucket: Bucket } = await startRunning();
  const quiet = await s3.send(
    new DeleteObjectsCommand({
      Bucket,
      Delete: { Quiet: true, Objects: [{ Key: 'a' }, { Key: 'b', VersionId: 'v' }] },
    }),
  );
  expect(quiet.Deleted).toBeUndefined();
  expect(quiet.Errors).toMatchObject([{ Key: 'b', Code: 'NotImplemented' }]);
  const Objects = Array.from({ length: 1001 }, (_, i) => ({ Key: `k${i}` }));
  expect(
    await refusal(s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))),
  ).toMatchObject({ code: 'MalformedXML' });
});

test('refuses to delete many without a checksum of the list', async () => {
  const running = await startRunning();
  const body = '<Delete><Object><Key>k</Key></Object></Delete>';
  const answer = await sendSigned(running, {
    method: 'POST',
    path: '/file-upload?delete',
    headers: { 'content-length': String(body.length) },
    body,
  });
  expect(answer).toMatchObject({ status: 400, code: 'InvalidRequest' });
});

describe('a copy', () => {
  test('has the bytes, headers, metadata and tags of its source', async () => {
    const { s3, bucket: Bucket } = await startRunning();
    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'from/ü +&',
        Body: bytes,
        ContentType: 'text/plain',
        Metadata: { a: 'b' },
        Tagging: 'c=d',
      }),
    );
    const CopySource = `${Bucket}/${encodeURIComponent('from/ü +&')}`;
    const { CopyObjectResult } = await s3.send(
      new CopyObjectCommand({ Bucket, Key: 'to', CopySource }),
    );
    expect(CopyObjectResult?.ETag).toBe(`"${md5(bytes)}"`);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'from/ü +&' }));
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'to' }));
    expect(await got.Body?.transformToString()).toBe(bytes.toString());
    expect(got).toMatchObject({ ContentType: 'text/plain', Metadata: { a: 'b' }, TagCount: 1 });
  });

  test('can have headers and tags of its own', async () => {
    const { s3, bucket: Bucket } = await startRunning();
    const source = { Bucket, Key: 'k', Body: bytes, ContentType: 'a/b', Tagging: 'c=d' };
    await s3.send(new PutObjectCommand(source));
    await s3.send(
      new CopyObjectCommand({
        Bucket,
        Key: 'k',
        CopySource: `/${Bucket}/k`,
        MetadataDirective: 'REPLACE',
        TaggingDirective: 'REPLACE',
        ContentType: 'x/y',
        Metadata: { e: 'f' },
        Tagging: 'g=h',
        ChecksumAlgorithm: 'SHA256',
      }),
    );
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
    expect(await got.Body?.transformToString()).toBe(bytes.toString());
    expect(got).toMatchObject({
      ContentType: 'x/y',
      Metadata: { e: 'f' },
      ChecksumSHA256: await checksumOf('SHA256', bytes),
    });
  });

  test('is refused onto itself, of what is not there, and when its conditions fail', async () => {
    const { s3, bucket: Bucket } = await startRunning();
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bytes }));
    const copy = (Key: string, changes: object = {}) =>
      refusal(
        s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/k`, ...changes })),
      );
    expect(await copy('k')).toMatchObject({ code: 'InvalidRequest' });
    expect(await copy('x', { CopySource: `${Bucket}/absent` })).toMatchObject({ status: 404 });
    expect(await copy('x', { CopySource: 'nonsense' })).toMatchObject({ code: 'InvalidArgument' });
    expect(await copy('x', { CopySource: `${Bucket}/k?versionId=1` })).toMatchObject({
      code: 'NotImplemented',
    });
    expect(await copy('x', { CopySourceIfMatch: '"other"' })).toMatchObject({ status: 412 });
    expect(await copy('x', { CopySourceIfNoneMatch: ETag })).toMatchObject({ status: 412 });
    expect(
      await copy('x', { CopySourceIfModifiedSince: new Date(Date.now() - 3_600_000) }).catch(
        (error: Error) => error.message,
      ),
    ).toBe('The call was not refused.');
  });
});

test.each([
  '../../etc/passwd',
  'a//b',
  '/leading',
  'trailing/',
  '.',
  '..',
  './x',
  'a\0b',
  'é\u0301',
  '%2F',
  'a b+c&d=e?f#g',
  "!'()*~",
  '\u{10FFFF}',
])('takes %j for a key like any other', async (Key) => {
  const { s3, bucket: Bucket } = await startRunning();
  // The SDK sends `.` and `..` as they are; only the server decides that they are keys.
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
  expect(await got.Body?.transformToString()).toBe(Key);
});

test('refuses keys of more than 1,024 bytes, and what is no UTF-8', async () => {
  const running = await startRunning();
  const put = (path: string) =>
    sendSigned(running, { method: 'PUT', path, headers: { 'content-length': '0' } });
  expect((await put(`/file-upload/${'%C3%BC'.repeat(512)}`)).status).toBe(200);
  expect(await put(`/file-upload/${'k'.repeat(1025)}`)).toMatchObject({ code: 'KeyTooLongError' });
  const bad = { method: 'PUT', path: '/file-upload/%ff' };
  expect(await send(running, bad)).toMatchObject({ status: 400, code: 'InvalidURI' });
});

test('wants the length of a body beforehand, and refuses more than 5 GiB', async () => {
  const running = await startRunning();
  const put = { method: 'PUT', path: '/file-upload/k' };
  const chunked = { ...put, headers: { 'transfer-encoding': 'chunked' } };
  expect(await sendSigned(running, chunked)).toMatchObject({
    status: 411,
    code: 'MissingContentLength',
  });
  const tooLong = {
    ...put,
    headers: { 'content-length': String(5 * 1024 ** 3 + 1), expect: '100-continue' },
  };
  expect(await sendSigned(running, tooLong, { payloadHash: 'UNSIGNED-PAYLOAD' })).toMatchObject({
    status: 400,
    code: 'EntityTooLarge',
  });
});
