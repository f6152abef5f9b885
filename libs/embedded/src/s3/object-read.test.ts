import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type GetObjectCommandInput,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { send, sendSigned } from '../../test/raw-request.ts';
import { refusal, startRunning, type Running } from '../../test/running-embedded.ts';

const digits = '0123456789';

async function startWithDigits(): Promise<Running & { get: (more: object) => Promise<Got> }> {
  const running = await startRunning();
  const { s3, bucket: Bucket } = running;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: digits, CacheControl: 'no-cache' }));
  const get = async (more: Partial<GetObjectCommandInput>): Promise<Got> => {
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', ...more }));
    return {
      status: got.$metadata.httpStatusCode,
      body: await got.Body?.transformToString(),
      range: got.ContentRange,
    };
  };
  return { ...running, get };
}

interface Got {
  status: number | undefined;
  body: string | undefined;
  range: string | undefined;
}

test.each([
  ['bytes=0-3', '0123', '0-3'],
  ['bytes=4-', '456789', '4-9'],
  ['bytes=-3', '789', '7-9'],
  ['bytes=-100', digits, '0-9'],
  ['bytes=8-100', '89', '8-9'],
])('answers %s with %s', async (Range, body, range) => {
  const { get } = await startWithDigits();
  expect(await get({ Range })).toEqual({ status: 206, body, range: `bytes ${range}/10` });
});

test.each(['bytes=0-1,3-4', 'bytes=3-1', 'bytes=', 'items=0-1', 'bytes=a-b'])(
  'answers %s with the whole object',
  async (Range) => {
    const { get } = await startWithDigits();
    expect(await get({ Range })).toEqual({ status: 200, body: digits, range: undefined });
  },
);

test.each(['bytes=10-', 'bytes=100-200', 'bytes=-0'])('refuses %s with 416', async (Range) => {
  const { get } = await startWithDigits();
  expect(await refusal(get({ Range }))).toMatchObject({ code: 'InvalidRange', status: 416 });
});

test('gives a range across the parts of an object, and no checksum with it', async () => {
  const { s3, bucket: Bucket } = await startRunning();
  const Key = 'mp';
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const MiB = 1024 * 1024;
  const bodies = [Buffer.alloc(5 * MiB, 'a'), Buffer.alloc(6 * MiB, 'b'), Buffer.from('ccc')];
  const Parts = await Promise.all(
    bodies.map(async (Body, i) => {
      const part = { Bucket, Key, UploadId, PartNumber: i + 1, Body };
      const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand(part));
      return { PartNumber: i + 1, ETag, ChecksumCRC32 };
    }),
  );
  const MultipartUpload = { Parts };
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
  const get = async (more: object) => s3.send(new GetObjectCommand({ Bucket, Key, ...more }));

  const across = await get({ Range: `bytes=${5 * MiB - 2}-${5 * MiB + 1}` });
  expect(await across.Body?.transformToString()).toBe('aabb');
  const end = await get({ Range: 'bytes=-5' });
  expect(await end.Body?.transformToString()).toBe('bbccc');
  expect(end.ChecksumCRC32 ?? end.ChecksumCRC64NVME).toBeUndefined();
  const third = await get({ PartNumber: 3 });
  expect(third).toMatchObject({ PartsCount: 3, ContentLength: 3 });
  expect(await third.Body?.transformToString()).toBe('ccc');
  const whole = await get({});
  const got = Buffer.from((await whole.Body?.transformToByteArray()) ?? []);
  expect(got.equals(Buffer.concat(bodies))).toBe(true);
  expect(await refusal(get({ PartNumber: 4 }))).toMatchObject({ status: 416 });
  expect(await refusal(get({ PartNumber: 1, Range: 'bytes=0-1' }))).toMatchObject({ status: 400 });
});

test('decides conditions in the order of HTTP', async () => {
  const { get, s3, bucket: Bucket } = await startWithDigits();
  const { ETag = '', LastModified } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  const earlier = new Date(Date.now() - 3_600_000);
  const later = LastModified ?? new Date();
  const status = async (more: object): Promise<number | undefined> =>
    get(more).then(
      (got) => got.status,
      (error: { $metadata: { httpStatusCode: number } }) => error.$metadata.httpStatusCode,
    );
  expect(await status({ IfMatch: ETag })).toBe(200);
  expect(await status({ IfMatch: '*' })).toBe(200);
  expect(await status({ IfMatch: `"x", ${ETag}` })).toBe(200);
  expect(await status({ IfMatch: '"x"' })).toBe(412);
  expect(await status({ IfUnmodifiedSince: earlier })).toBe(412);
  expect(await status({ IfUnmodifiedSince: later })).toBe(200);
  expect(await status({ IfMatch: ETag, IfUnmodifiedSince: earlier })).toBe(200);
  expect(await status({ IfNoneMatch: ETag })).toBe(304);
  expect(await status({ IfNoneMatch: '"x"' })).toBe(200);
  expect(await status({ IfModifiedSince: later })).toBe(304);
  expect(await status({ IfModifiedSince: earlier })).toBe(200);
  expect(await status({ IfNoneMatch: ETag, IfModifiedSince: earlier })).toBe(304);
  expect(await status({ IfNoneMatch: '"x"', IfModifiedSince: later })).toBe(200);
});

test('sends 304 with the ETag and without a body, and 404 to HEAD without a body', async () => {
  const running = await startWithDigits();
  const { ETag = '' } = await running.s3.send(
    new HeadObjectCommand({ Bucket: running.bucket, Key: 'k' }),
  );
  const path = '/file-upload/k';
  const unchanged = await sendSigned(running, { path, headers: { 'if-none-match': ETag } });
  expect(unchanged).toMatchObject({
    status: 304,
    body: '',
    headers: { etag: ETag, 'cache-control': 'no-cache' },
  });
  const missing = await sendSigned(running, { method: 'HEAD', path: '/file-upload/absent' });
  expect(missing).toMatchObject({ status: 404, body: '' });
  expect(missing.headers['x-amz-request-id']).toMatch(/^[0-9A-F]{16}$/);
});

test('honours If-Range', async () => {
  const running = await startWithDigits();
  const { ETag = '' } = await running.s3.send(
    new HeadObjectCommand({ Bucket: running.bucket, Key: 'k' }),
  );
  const get = (ifRange: string) =>
    sendSigned(running, {
      path: '/file-upload/k',
      headers: { range: 'bytes=0-1', 'if-range': ifRange },
    });
  expect(await get(ETag)).toMatchObject({ status: 206, body: '01' });
  expect(await get('"other"')).toMatchObject({ status: 200, body: digits });
});

test('replaces headers of the answer where a signed request asks for it', async () => {
  const { client, bucket: Bucket } = await startWithDigits();
  const url = await getSignedUrl(
    client(),
    new GetObjectCommand({
      Bucket,
      Key: 'k',
      ResponseContentType: 'text/x-other',
      ResponseContentDisposition: 'attachment; filename="grün.txt"',
      ResponseCacheControl: 'private',
    }),
  );
  const response = await fetch(url);
  expect(await response.text()).toBe(digits);
  expect(response.headers.get('content-type')).toBe('text/x-other');
  expect(response.headers.get('cache-control')).toBe('private');
  expect(Buffer.from(response.headers.get('content-disposition') ?? '', 'latin1').toString()).toBe(
    'attachment; filename="grün.txt"',
  );
});

test('refuses to put a line break into a header of the answer', async () => {
  const { client, bucket: Bucket } = await startWithDigits();
  const command = new GetObjectCommand({
    Bucket,
    Key: 'k',
    ResponseContentType: 'a/b\r\nset-cookie: x=y',
  });
  expect((await fetch(await getSignedUrl(client(), command))).status).toBe(400);
});

describe('without a signature', () => {
  const anonymously = (running: Running, path: string, method = 'GET') =>
    send(running, { method, path });

  test('only a public object can be read', async () => {
    const running = await startRunning();
    const { s3, bucket: Bucket } = running;
    const put = (Key: string, Tagging?: string) =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body: digits, ...(Tagging && { Tagging }) }));
    await put('public', 'a=b&visibility=public');
    await put('private', 'visibility=private');
    await put('untagged');
    expect(await anonymously(running, '/file-upload/public')).toMatchObject({
      status: 200,
      body: digits,
    });
    expect(await anonymously(running, '/file-upload/public', 'HEAD')).toMatchObject({
      status: 200,
    });
    const refused = ['private', 'untagged', 'absent', '', 'public?tagging'];
    for (const path of refused) {
      expect(await anonymously(running, `/file-upload/${path}`)).toMatchObject({
        status: 403,
        code: 'AccessDenied',
      });
    }
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/absent-bucket/k'],
      ['DELETE', '/file-upload/public'],
      ['PUT', '/file-upload/public'],
      ['PUT', '/new-bucket'],
      ['POST', '/file-upload?delete'],
    ] as const) {
      expect(await anonymously(running, path, method)).toMatchObject({ code: 'AccessDenied' });
    }
  });

  test('nobody replaces headers of the answer', async () => {
    const running = await startRunning();
    const { s3, bucket: Bucket } = running;
    await s3.send(
      new PutObjectCommand({ Bucket, Key: 'k', Body: '', Tagging: 'visibility=public' }),
    );
    expect(
      await anonymously(running, '/file-upload/k?response-content-type=text/html'),
    ).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });
});

test('goes on giving an object that is deleted or overwritten meanwhile', async () => {
  const { s3, bucket: Bucket } = await startRunning();
  const put = (Body: Buffer) => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body }));
  const body = Buffer.alloc(20_000_000, 'x');
  await put(body);
  const first = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  await put(Buffer.alloc(100_000, 'y'));
  const second = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  expect(Buffer.from((await first.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
  expect((await second.Body?.transformToByteArray())?.length).toBe(100_000);
});

test('describes an object and its parts', async () => {
  const { s3, bucket: Bucket } = await startRunning();
  const Key = 'mp';
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'SHA256' }),
  );
  const part = { Bucket, Key, UploadId, PartNumber: 1, Body: digits };
  const { ETag, ChecksumSHA256 } = await s3.send(
    new UploadPartCommand({ ...part, ChecksumAlgorithm: 'SHA256' }),
  );
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumSHA256 }] };
  const done = await s3.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }),
  );
  const attributes = await s3.send(
    new GetObjectAttributesCommand({
      Bucket,
      Key,
      ObjectAttributes: ['ETag', 'Checksum', 'ObjectParts', 'ObjectSize', 'StorageClass'],
    }),
  );
  expect(attributes).toMatchObject({
    ETag: done.ETag?.replaceAll('"', ''),
    Checksum: { ChecksumSHA256: done.ChecksumSHA256, ChecksumType: 'COMPOSITE' },
    ObjectParts: {
      TotalPartsCount: 1,
      IsTruncated: false,
      Parts: [{ PartNumber: 1, Size: 10, ChecksumSHA256 }],
    },
    ObjectSize: 10,
    StorageClass: 'STANDARD',
  });
});
