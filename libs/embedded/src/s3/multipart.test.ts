import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type CompleteMultipartUploadCommandInput,
  type CreateMultipartUploadCommandInput,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { checksumOf, type S3ChecksumAlgorithm } from '@file-upload/storage';
import { sendSigned } from '../../test/raw-request.ts';
import { refusal, startRunning, type Running } from '../../test/running-embedded.ts';

const MIN = 5 * 1024 * 1024;
const Key = 'dir/file';

/** An upload in progress, with the calls a test makes on it. */
async function begin(running: Running, more: Partial<CreateMultipartUploadCommandInput> = {}) {
  const { bucket: Bucket } = running;
  // Checksums are sent where the test says so, and not by the SDK's own default.
  const s3 = running.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
  const created = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  const { UploadId } = created;
  return {
    s3,
    created,
    UploadId,
    async part(PartNumber: number, Body: Buffer | string, more: object = {}) {
      const command = { Bucket, Key, UploadId, PartNumber, Body, ...more };
      const answer: CompletedPart = await s3.send(new UploadPartCommand(command));
      return { ...answer, PartNumber };
    },
    complete(Parts: CompletedPart[], more: Partial<CompleteMultipartUploadCommandInput> = {}) {
      const command = { Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more };
      return s3.send(new CompleteMultipartUploadCommand(command));
    },
    abort: () => s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })),
    list: (more: object = {}) => s3.send(new ListPartsCommand({ Bucket, Key, UploadId, ...more })),
    head: () => s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' })),
  };
}

/** Names of the blob files that are on the disk. */
async function blobFiles({ dataDir }: Running): Promise<string[]> {
  const entries = await readdir(join(dataDir, 's3/blobs'), { recursive: true });
  return entries.filter((name) => name.includes('/'));
}

test('joins parts, whatever the order they came in, and keeps what the create said', async () => {
  const running = await startRunning();
  const upload = await begin(running, {
    ContentType: 'text/plain',
    Metadata: { a: 'b' },
    Tagging: 'c=d',
  });
  const bodies = [randomBytes(MIN), randomBytes(MIN + 1), Buffer.from('end')];
  const parts = [
    await upload.part(7, bodies[2]!),
    await upload.part(2, bodies[0]!),
    await upload.part(3, bodies[1]!),
  ];
  expect((await refusal(upload.head())).status).toBe(404);
  const done = await upload.complete([parts[1]!, parts[2]!, parts[0]!]);

  const md5s = bodies.map((body) => createHash('md5').update(body).digest());
  const etag = createHash('md5').update(Buffer.concat(md5s)).digest('hex');
  const whole = Buffer.concat(bodies);
  expect(done).toMatchObject({
    Bucket: running.bucket,
    Key,
    ETag: `"${etag}-3"`,
    ChecksumType: 'FULL_OBJECT',
    ChecksumCRC64NVME: await checksumOf('CRC64NVME', whole),
    Location: `${running.embedded.s3Endpoint}/file-upload/dir/file`,
  });
  const got = await running.s3.send(new GetObjectCommand({ Bucket: running.bucket, Key }));
  expect(got).toMatchObject({ ContentType: 'text/plain', Metadata: { a: 'b' }, TagCount: 1 });
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(whole)).toBe(true);
  expect((await refusal(upload.list())).code).toBe('NoSuchUpload');
});

test.each([
  ['a stream', {}],
  ['a stream with SHA-256', { ChecksumAlgorithm: 'SHA256' as const }],
  ['a stream with CRC-64/NVME', { ChecksumAlgorithm: 'CRC64NVME' as const }],
])('serves lib-storage: %s', async (_, more) => {
  const { s3, bucket: Bucket } = await startRunning();
  const body = randomBytes(2 * MIN + 1234);
  const upload = new Upload({
    client: s3,
    params: {
      Bucket,
      Key,
      Body: Readable.from([body.subarray(0, MIN), body.subarray(MIN)]),
      ...more,
    },
  });
  await upload.done();
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
  expect(got.ETag).toMatch(/-3"$/);
});

test('takes parts by presigned URL', async () => {
  const running = await startRunning();
  const upload = await begin(running, { ChecksumAlgorithm: 'CRC64NVME' });
  const command = new UploadPartCommand({
    Bucket: running.bucket,
    Key,
    UploadId: upload.UploadId,
    PartNumber: 1,
    ContentLength: 5,
  });
  const url = await getSignedUrl(upload.s3, command);
  const response = await fetch(url, { method: 'PUT', body: 'hello' });
  expect(response.status).toBe(200);
  expect(response.headers.get('etag')).toBe('"5d41402abc4b2a76b9719d911017c592"');
  const done = await upload.complete([{ PartNumber: 1, ETag: response.headers.get('etag')! }], {
    ChecksumCRC64NVME: await checksumOf('CRC64NVME', Buffer.from('hello')),
    ChecksumType: 'FULL_OBJECT',
    MpuObjectSize: 5,
  });
  expect(done.ETag).toMatch(/-1"$/);
  expect((await fetch(url, { method: 'PUT', body: 'longer than signed' })).status).toBe(403);
});

test('gives parts that come with their CRC-64/NVME an ETag of their content, which is no MD5', async () => {
  const upload = await begin(await startRunning(), { ChecksumAlgorithm: 'CRC64NVME' });
  const crcOf = async (text: string) => await checksumOf('CRC64NVME', Buffer.from(text));
  const put = async (number: number, text: string) => {
    const part = { UploadId: upload.UploadId, PartNumber: number, Body: text };
    const target = { Bucket: 'file-upload', Key, ChecksumCRC64NVME: await crcOf(text) };
    return (await upload.s3.send(new UploadPartCommand({ ...target, ...part }))).ETag!;
  };
  const [first, same, other] = [
    await put(1, 'hello'),
    await put(2, 'hello'),
    await put(1, 'world'),
  ];
  expect(first).toMatch(/^"[0-9a-f]{32}"$/);
  expect(first).not.toBe('"5d41402abc4b2a76b9719d911017c592"');
  expect([same, other === first]).toEqual([first, false]);
  // The one that it replaced is not there any more.
  expect(await refusal(upload.complete([{ PartNumber: 1, ETag: first }]))).toMatchObject({
    code: 'InvalidPart',
  });
  const done = await upload.complete([{ PartNumber: 1, ETag: other }]);
  expect(done.ChecksumCRC64NVME).toBe(await crcOf('world'));
});

test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)(
  'knows the %s of the full object from those of its parts, and verifies it',
  async (ChecksumAlgorithm) => {
    const running = await startRunning();
    const member = `Checksum${ChecksumAlgorithm}`;
    const upload = await begin(running, { ChecksumAlgorithm, ChecksumType: 'FULL_OBJECT' });
    const bodies = [randomBytes(MIN), randomBytes(MIN + 7), randomBytes(3)];
    const parts = await Promise.all(bodies.map((body, i) => upload.part(i + 1, body)));
    const right = await checksumOf(ChecksumAlgorithm, Buffer.concat(bodies));
    const wrong = await checksumOf(ChecksumAlgorithm, Buffer.from('x'));
    expect(await refusal(upload.complete(parts, { [member]: wrong }))).toMatchObject({
      code: 'BadDigest',
      status: 400,
    });
    const done = await upload.complete(parts, { [member]: right, ChecksumType: 'FULL_OBJECT' });
    expect(done).toMatchObject({ [member]: right, ChecksumType: 'FULL_OBJECT' });
    expect(await upload.head()).toMatchObject({ [member]: right, ChecksumType: 'FULL_OBJECT' });
  },
);

test.each(['CRC32', 'SHA1', 'SHA256'] as const)(
  'makes a composite %s of those of the parts, which the client has to list',
  async (ChecksumAlgorithm) => {
    const running = await startRunning();
    const member = `Checksum${ChecksumAlgorithm}` as 'ChecksumSHA1';
    const upload = await begin(running, { ChecksumAlgorithm });
    expect(upload.created.ChecksumType).toBe('COMPOSITE');
    const bodies = [randomBytes(MIN), randomBytes(9)];
    const parts = await Promise.all(
      bodies.map((body, i) => upload.part(i + 1, body, { ChecksumAlgorithm })),
    );
    const each = await Promise.all(bodies.map((body) => checksumOf(ChecksumAlgorithm, body)));
    expect(parts.map((part) => part[member])).toEqual(each);
    const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    expect(await refusal(upload.complete(bare))).toMatchObject({ code: 'InvalidRequest' });
    const swapped = parts.map((part, i) => ({ ...part, [member]: each[1 - i] }));
    expect(await refusal(upload.complete(swapped))).toMatchObject({ code: 'InvalidPart' });
    const joined = Buffer.concat(each.map((value) => Buffer.from(value, 'base64')));
    const done = await upload.complete(parts);
    expect(done[member]).toBe(`${await checksumOf(ChecksumAlgorithm, joined)}-2`);
    const again = await running.s3.send(new GetObjectCommand({ Bucket: running.bucket, Key }));
    expect((await again.Body?.transformToByteArray())?.length).toBe(MIN + 9);
  },
);

test.each([
  [{ ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' }],
  [{ ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }],
  [{ ChecksumType: 'FULL_OBJECT' }],
  [{ ChecksumAlgorithm: 'MD4' }],
])('refuses to begin with %j', async (more) => {
  const running = await startRunning();
  const refused = begin(running, more as Partial<CreateMultipartUploadCommandInput>);
  expect(await refusal(refused)).toMatchObject({ code: 'InvalidRequest', status: 400 });
});

test("refuses a part whose checksum is not of the upload's algorithm", async () => {
  const running = await startRunning();
  const full = await begin(running, { ChecksumAlgorithm: 'CRC64NVME' });
  expect(await refusal(full.part(1, 'x', { ChecksumAlgorithm: 'SHA256' }))).toMatchObject({
    code: 'InvalidRequest',
  });
  const composite = await begin(running, { ChecksumAlgorithm: 'SHA256' });
  expect(await refusal(composite.part(1, 'x'))).toMatchObject({ code: 'InvalidRequest' });
  const open = await begin(running);
  const algorithms: S3ChecksumAlgorithm[] = ['CRC32', 'SHA256', 'CRC64NVME'];
  for (const ChecksumAlgorithm of algorithms) {
    const part = await open.part(1, 'x', { ChecksumAlgorithm });
    expect(part).toHaveProperty(`Checksum${ChecksumAlgorithm}`);
  }
});

test('refuses parts that do not fit the upload', async () => {
  const running = await startRunning();
  const upload = await begin(running);
  const first = await upload.part(1, 'too small');
  const second = await upload.part(2, 'last');
  const code = async (parts: CompletedPart[], more: object = {}) =>
    (await refusal(upload.complete(parts, more))).code;
  expect(await code([second, first])).toBe('InvalidPartOrder');
  expect(await code([first, first])).toBe('InvalidPartOrder');
  expect(await code([first, second])).toBe('EntityTooSmall');
  expect(await code([{ ...first, ETag: '"00000000000000000000000000000000"' }])).toBe(
    'InvalidPart',
  );
  expect(await code([{ ...first, PartNumber: 3 }])).toBe('InvalidPart');
  expect(await code([])).toBe('MalformedXML');
  expect(await code([{ ETag: first.ETag }])).toBe('MalformedXML');
  expect(await code([second], { MpuObjectSize: 3 })).toBe('InvalidRequest');
  expect(await code([second], { ChecksumType: 'COMPOSITE' })).toBe('InvalidRequest');
  const unquoted = { ...second, ETag: second.ETag?.replaceAll('"', '') };
  expect((await upload.complete([unquoted], { MpuObjectSize: 4 })).ETag).toMatch(/-1"$/);
});

test.each([0, 10_001, -1, 1.5])('refuses part number %d', async (PartNumber) => {
  const running = await startRunning();
  const upload = await begin(running);
  expect(await refusal(upload.part(PartNumber, 'x'))).toMatchObject({ code: 'InvalidArgument' });
});

test('takes the last part sent under a number', async () => {
  const running = await startRunning();
  const upload = await begin(running);
  const old = await upload.part(1, 'old');
  const part = await upload.part(1, randomBytes(100_000));
  expect((await refusal(upload.complete([old]))).code).toBe('InvalidPart');
  await upload.complete([part]);
  expect(await upload.head()).toMatchObject({ ContentLength: 100_000 });
  expect(await blobFiles(running)).toHaveLength(1);
});

test('removes the bytes of parts that were left out of the object, and of replaced objects', async () => {
  const running = await startRunning();
  for (let i = 0; i < 2; i++) {
    const upload = await begin(running);
    await upload.part(1, randomBytes(100_000));
    await upload.complete([await upload.part(2, randomBytes(100_000))]);
  }
  expect(await blobFiles(running)).toHaveLength(1);
});

test('aborts, after which nothing of the upload is left', async () => {
  const running = await startRunning();
  const upload = await begin(running);
  const part = await upload.part(1, randomBytes(100_000));
  expect((await upload.abort()).$metadata.httpStatusCode).toBe(204);
  expect(await refusal(upload.abort())).toMatchObject({ code: 'NoSuchUpload', status: 404 });
  expect(await refusal(upload.part(2, 'x'))).toMatchObject({ code: 'NoSuchUpload' });
  expect(await refusal(upload.complete([part]))).toMatchObject({ code: 'NoSuchUpload' });
  expect(await refusal(upload.list())).toMatchObject({ code: 'NoSuchUpload' });
  expect(await blobFiles(running)).toHaveLength(0);
});

test('completes twice with one answer, and no longer once the object is another', async () => {
  const running = await startRunning();
  const upload = await begin(running);
  const part = await upload.part(1, 'x');
  const [one, two] = await Promise.all([upload.complete([part]), upload.complete([part])]);
  expect(two.ETag).toBe(one.ETag);
  expect((await upload.complete([part])).ETag).toBe(one.ETag);
  await upload.s3.send(new PutObjectCommand({ Bucket: running.bucket, Key, Body: 'other' }));
  expect((await refusal(upload.complete([part]))).code).toBe('NoSuchUpload');
});

test('of complete and abort at the same time, one wins', async () => {
  const running = await startRunning();
  for (let i = 0; i < 10; i++) {
    const upload = await begin(running);
    const part = await upload.part(1, `body ${i}`);
    const [completed, aborted] = await Promise.allSettled([
      upload.complete([part]),
      upload.abort(),
    ]);
    expect([completed.status, aborted.status].sort()).toEqual(['fulfilled', 'rejected']);
  }
});

test('does not overwrite where the client forbids it, and leaves the upload as it was', async () => {
  const running = await startRunning();
  const upload = await begin(running);
  const part = await upload.part(1, 'new');
  await upload.s3.send(new PutObjectCommand({ Bucket: running.bucket, Key, Body: 'old' }));
  expect(await refusal(upload.complete([part], { IfNoneMatch: '*' }))).toMatchObject({
    code: 'PreconditionFailed',
    status: 412,
  });
  expect((await upload.list()).Parts).toHaveLength(1);
  const { ETag } = await upload.head();
  await upload.complete([part], { IfMatch: ETag });
  expect(await upload.head()).toMatchObject({ ContentLength: 3 });
});

test('lists parts in pages, in order', async () => {
  const running = await startRunning();
  const upload = await begin(running, { ChecksumAlgorithm: 'CRC64NVME' });
  const numbers = [10_000, 3, 1, 20, 100];
  await Promise.all(numbers.map((number) => upload.part(number, `part ${number}`)));
  const first = await upload.list({ MaxParts: 2 });
  expect(first).toMatchObject({
    IsTruncated: true,
    NextPartNumberMarker: '3',
    MaxParts: 2,
    ChecksumAlgorithm: 'CRC64NVME',
    ChecksumType: 'FULL_OBJECT',
  });
  const rest = await upload.list({ PartNumberMarker: first.NextPartNumberMarker });
  expect(rest).toMatchObject({ IsTruncated: false, NextPartNumberMarker: '10000' });
  const after = await upload.list({ PartNumberMarker: rest.NextPartNumberMarker });
  expect(after).toMatchObject({ IsTruncated: false, NextPartNumberMarker: '0' });
  const all = [...(first.Parts ?? []), ...(rest.Parts ?? [])];
  expect(all.map(({ PartNumber }) => PartNumber)).toEqual([1, 3, 20, 100, 10_000]);
  expect(all[0]).toMatchObject({
    Size: 6,
    ETag: `"${createHash('md5').update('part 1').digest('hex')}"`,
    ChecksumCRC64NVME: await checksumOf('CRC64NVME', Buffer.from('part 1')),
  });
});

test('lists uploads by key and time, with prefixes, delimiters and pages', async () => {
  const { s3, bucket: Bucket } = await startRunning();
  const ids: string[] = [];
  for (const Key of ['b/2', 'a', 'b/1', 'a', 'c']) {
    const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    ids.push(UploadId);
  }
  const list = async (more: object = {}) =>
    s3.send(new ListMultipartUploadsCommand({ Bucket, ...more }));
  const all = await list();
  expect(all.Uploads?.map(({ Key }) => Key)).toEqual(['a', 'a', 'b/1', 'b/2', 'c']);
  expect(new Set(all.Uploads?.map(({ UploadId }) => UploadId))).toEqual(new Set(ids));
  const rolled = await list({ Delimiter: '/' });
  expect(rolled.Uploads?.map(({ Key }) => Key)).toEqual(['a', 'a', 'c']);
  expect(rolled.CommonPrefixes).toEqual([{ Prefix: 'b/' }]);
  expect((await list({ Prefix: 'b/' })).Uploads).toHaveLength(2);

  const seen: (string | undefined)[] = [];
  let page = await list({ MaxUploads: 1 });
  for (; page.IsTruncated;) {
    seen.push(page.Uploads?.[0]?.UploadId);
    page = await list({
      MaxUploads: 1,
      KeyMarker: page.NextKeyMarker,
      UploadIdMarker: page.NextUploadIdMarker,
    });
  }
  seen.push(page.Uploads?.[0]?.UploadId);
  expect(seen).toEqual(all.Uploads?.map(({ UploadId }) => UploadId));
  expect((await list({ KeyMarker: 'a' })).Uploads).toHaveLength(3);
});

test('copies parts of other objects', async () => {
  const running = await startRunning();
  const { bucket: Bucket } = running;
  const upload = await begin(running, { ChecksumAlgorithm: 'CRC64NVME' });
  const source = randomBytes(MIN + 10);
  await upload.s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: source }));
  const copy = async (PartNumber: number, CopySourceRange?: string) => {
    const { CopyPartResult } = await upload.s3.send(
      new UploadPartCopyCommand({
        Bucket,
        Key,
        UploadId: upload.UploadId,
        PartNumber,
        CopySource: `${Bucket}/source`,
        ...(CopySourceRange && { CopySourceRange }),
      }),
    );
    return { PartNumber, ETag: CopyPartResult?.ETag };
  };
  expect(await refusal(copy(1, `bytes=0-${MIN + 10}`))).toMatchObject({ code: 'InvalidArgument' });
  expect(await refusal(copy(1, 'bytes=5-'))).toMatchObject({ code: 'InvalidArgument' });
  await upload.complete([await copy(1), await copy(2, 'bytes=10-19')]);
  const got = await upload.s3.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  const whole = Buffer.concat([source, source.subarray(10, 20)]);
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(whole)).toBe(true);
  expect(got.ChecksumCRC64NVME).toBe(await checksumOf('CRC64NVME', whole));
});

test('an upload belongs to its key', async () => {
  const running = await startRunning();
  const upload = await begin(running);
  const wrongKey = { Bucket: running.bucket, Key: 'other', UploadId: upload.UploadId };
  const refused = refusal(
    upload.s3.send(new UploadPartCommand({ ...wrongKey, PartNumber: 1, Body: 'x' })),
  );
  expect(await refused).toMatchObject({ code: 'NoSuchUpload', status: 404 });
});

test('refuses a list of parts that is not XML, or would have to be expanded', async () => {
  const running = await startRunning();
  const upload = await begin(running);
  const complete = (body: string) =>
    sendSigned(running, {
      method: 'POST',
      path: `/file-upload/${Key}?uploadId=${upload.UploadId}`,
      headers: { 'content-length': String(body.length) },
      body,
    });
  for (const body of [
    '',
    'not xml',
    '<Other/>',
    '<CompleteMultipartUpload><Part></CompleteMultipartUpload>',
    '<!DOCTYPE x [<!ENTITY e "1">]><CompleteMultipartUpload><Part><PartNumber>&e;</PartNumber><ETag>a</ETag></Part></CompleteMultipartUpload>',
    '<CompleteMultipartUpload><Part><PartNumber>&undefined;</PartNumber><ETag>a</ETag></Part></CompleteMultipartUpload>',
  ]) {
    expect(await complete(body)).toMatchObject({ status: 400, code: 'MalformedXML' });
  }
  expect(await complete('x'.repeat(4 * 1024 * 1024 + 1))).toMatchObject({
    code: 'MaxMessageLengthExceeded',
  });
});

test('keeps uploads and their parts over a restart', async () => {
  const running = await startRunning();
  const before = await begin(running, { Tagging: 'a=b' });
  const parts = [await before.part(1, randomBytes(MIN)), await before.part(2, 'end')];
  const { s3, bucket: Bucket } = await running.restart();
  await s3.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key,
      UploadId: before.UploadId,
      MultipartUpload: { Parts: parts },
    }),
  );
  const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key }));
  expect(TagSet).toEqual([{ Key: 'a', Value: 'b' }]);
});
