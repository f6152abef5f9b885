import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketCorsCommand,
  DeleteObjectCommand,
  GetBucketCorsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { send, sendSigned } from '../../test/raw-request.ts';
import { refusal, startRunning } from '../../test/running-embedded.ts';

test('has one bucket from the first start on, and keeps those that are made', async () => {
  const first = await startRunning();
  await first.s3.send(new CreateBucketCommand({ Bucket: 'another.one' }));
  const { s3 } = await first.restart();
  const { Buckets } = await s3.send(new ListBucketsCommand({}));
  expect(Buckets?.map(({ Name }) => Name)).toEqual(['another.one', 'file-upload']);
  await s3.send(new HeadBucketCommand({ Bucket: 'another.one' }));
  await s3.send(new CreateBucketCommand({ Bucket: 'another.one' }));
  const location = await s3.send(new GetBucketLocationCommand({ Bucket: 'another.one' }));
  expect(location.LocationConstraint ?? '').toBe('');
  const versioning = await s3.send(new GetBucketVersioningCommand({ Bucket: 'another.one' }));
  expect(versioning.Status).toBeUndefined();
});

test('deletes a bucket only when neither objects nor uploads are in it', async () => {
  const { s3 } = await startRunning();
  const Bucket = 'to-be-deleted';
  const at = { Bucket, Key: 'k' };
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ ...at, Body: 'x' }));
  const remove = () => s3.send(new DeleteBucketCommand({ Bucket }));
  expect(await refusal(remove())).toMatchObject({ code: 'BucketNotEmpty', status: 409 });
  await s3.send(new DeleteObjectCommand(at));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
  expect(await refusal(remove())).toMatchObject({ code: 'BucketNotEmpty' });
  await s3.send(new AbortMultipartUploadCommand({ ...at, UploadId }));
  await remove();
  expect(await refusal(remove())).toMatchObject({ code: 'NoSuchBucket', status: 404 });
  expect(await refusal(s3.send(new PutObjectCommand({ ...at, Body: 'x' })))).toMatchObject({
    code: 'NoSuchBucket',
  });
});

test('of deleting a bucket and writing into it at once, one wins', async () => {
  const { s3 } = await startRunning();
  const Bucket = 'contested';
  for (let i = 0; i < 10; i++) {
    await s3.send(new CreateBucketCommand({ Bucket }));
    const put = { Bucket, Key: 'k', Body: Buffer.alloc(100_000) };
    const [written, deleted] = await Promise.allSettled([
      s3.send(new PutObjectCommand(put)),
      s3.send(new DeleteBucketCommand({ Bucket })),
    ]);
    expect([written.status, deleted.status].sort()).toEqual(['fulfilled', 'rejected']);
    if (written.status === 'fulfilled') {
      await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
      await s3.send(new DeleteBucketCommand({ Bucket }));
    }
  }
});

test.each(['ab', 'Upper', 'under_score', 'a..b', '192.168.0.1', '-dash', 'xn--x', 'a'.repeat(64)])(
  'refuses %s for a bucket',
  async (name) => {
    const running = await startRunning();
    const answer = await sendSigned(running, {
      method: 'PUT',
      path: `/${name}`,
      headers: { 'content-length': '0' },
    });
    expect(answer).toMatchObject({ status: 400, code: 'InvalidBucketName' });
  },
);

test('refuses to make a bucket elsewhere', async () => {
  const { s3 } = await startRunning();
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const };
  const refused = s3.send(new CreateBucketCommand({ Bucket: 'abc', CreateBucketConfiguration }));
  expect(await refusal(refused)).toMatchObject({ code: 'InvalidLocationConstraint' });
});

describe('CORS', () => {
  const preflight = {
    method: 'OPTIONS',
    path: '/file-upload/k',
    headers: {
      origin: 'https://example.com',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'content-type, x-amz-checksum-crc32',
    },
  };

  test('lets a browser upload from anywhere when it is told to, and not before', async () => {
    const running = await startRunning();
    const { s3, bucket: Bucket } = running;
    expect(await send(running, preflight)).toMatchObject({ status: 403, code: 'AccessForbidden' });
    const rule = {
      AllowedOrigins: ['*'],
      AllowedMethods: ['GET', 'PUT'],
      AllowedHeaders: ['*'],
      ExposeHeaders: ['ETag', 'Location'],
      MaxAgeSeconds: 3000,
    };
    await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }));
    expect(await send(running, preflight)).toMatchObject({
      status: 200,
      headers: {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, PUT',
        'access-control-allow-headers': 'content-type, x-amz-checksum-crc32',
        'access-control-max-age': '3000',
      },
    });
    const refused = await send(running, {
      path: '/file-upload/k',
      headers: { origin: 'https://example.com' },
    });
    expect(refused).toMatchObject({
      status: 403,
      headers: {
        'access-control-allow-origin': '*',
        'access-control-expose-headers': 'ETag, Location',
      },
    });
    expect(await send(running, { path: '/file-upload/k' })).not.toHaveProperty(
      'headers.access-control-allow-origin',
    );
  });

  test('follows the rules of the bucket', async () => {
    const running = await startRunning();
    const { s3, bucket: Bucket } = running;
    const CORSRules = [
      {
        ID: 'rule',
        AllowedOrigins: ['https://*.example.com'],
        AllowedMethods: ['PUT'],
        AllowedHeaders: ['content-*'],
        ExposeHeaders: ['ETag'],
        MaxAgeSeconds: 5,
      },
    ];
    const rules = { Bucket, CORSConfiguration: { CORSRules } };
    await s3.send(new PutBucketCorsCommand(rules));
    expect((await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual(CORSRules);
    const ask = (changes: Record<string, string>) =>
      send(running, { ...preflight, headers: { ...preflight.headers, ...changes } });
    const good = {
      origin: 'https://www.example.com',
      'access-control-request-headers': 'Content-Type',
    };
    expect(await ask(good)).toMatchObject({
      status: 200,
      headers: {
        'access-control-allow-origin': 'https://www.example.com',
        'access-control-allow-credentials': 'true',
        'access-control-max-age': '5',
      },
    });
    for (const bad of [
      { origin: 'https://example.org' },
      { 'access-control-request-method': 'DELETE' },
      { 'access-control-request-headers': 'x-amz-date' },
    ]) {
      expect(await ask({ ...good, ...bad })).toMatchObject({
        status: 403,
        code: 'AccessForbidden',
      });
    }
    await s3.send(new DeleteBucketCorsCommand({ Bucket }));
    expect(await ask(good)).toMatchObject({ status: 403 });
    expect(await refusal(s3.send(new GetBucketCorsCommand({ Bucket })))).toMatchObject({
      code: 'NoSuchCORSConfiguration',
      status: 404,
    });
    const methods = [{ AllowedOrigins: ['*'], AllowedMethods: ['PATCH'] }];
    const put = s3.send(
      new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: methods } }),
    );
    expect(await refusal(put)).toMatchObject({ code: 'InvalidRequest' });
  });

  test('does not let a preflight do anything, wherever it goes', async () => {
    const running = await startRunning();
    expect(await send(running, { ...preflight, path: '/no-bucket/k' })).toMatchObject({
      status: 403,
    });
    expect(await send(running, { method: 'OPTIONS', path: '/file-upload/k' })).toMatchObject({
      status: 400,
    });
  });
});
