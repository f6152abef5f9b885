import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { ObjectCreated } from '@file-upload/workflow';
import { Check } from 'typebox/value';
import { refusal, startRunning, type Running } from '../../test/running-embedded.ts';
import { keyOf, takeEvents } from '../../test/taken-events.ts';

const Body = 'hello';
const etag = '5d41402abc4b2a76b9719d911017c592';

function put({ s3, bucket: Bucket }: Running, Key: string, more: object = {}) {
  return s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
}

async function post(running: Running, options: Partial<PresignedPostOptions> = {}) {
  const { s3, bucket: Bucket } = running;
  const { url, fields } = await createPresignedPost(s3, { Bucket, Key: 'posted', ...options });
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([Body]));
  return (await fetch(url, { method: 'POST', body: form })).status;
}

/** Begins an upload of one part, and returns how it is completed. */
async function uploaded({ s3, bucket: Bucket }: Running, Key: string) {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = { Bucket, Key, UploadId, PartNumber: 1, Body };
  const { ETag } = await s3.send(new UploadPartCommand(part));
  return (more: object = {}, ofPart = ETag) =>
    s3.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag: ofPart }] },
        ...more,
      }),
    );
}

test('every way of creating an object is an event, as EventBridge has it', async () => {
  const running = await startRunning();
  const { s3, bucket, embedded } = running;
  await put(running, 'grün & more.txt');
  expect(await post(running)).toBe(204);
  await s3.send(
    new CopyObjectCommand({ Bucket: bucket, Key: 'copied', CopySource: `${bucket}/posted` }),
  );
  const complete = await uploaded(running, 'multipart');
  await complete();

  const events = await takeEvents(embedded, 4);
  for (const event of events) expect(Check(ObjectCreated, event)).toBe(true);
  expect(events).toMatchObject(
    [
      { key: 'grün & more.txt', reason: 'PutObject', etag },
      { key: 'posted', reason: 'POST Object', etag },
      { key: 'copied', reason: 'CopyObject', etag },
      {
        key: 'multipart',
        reason: 'CompleteMultipartUpload',
        etag: `${createHash('md5').update(etag, 'hex').digest('hex')}-1`,
      },
    ].map(({ key, reason, etag }) => ({
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { bucket: { name: 'file-upload' }, object: { key, size: 5, etag }, reason },
    })),
  );
  expect(new Set(events.map(({ id }) => id)).size).toBe(4);
});

test('a create that is refused is no event, nor is what happens to an object later', async () => {
  const running = await startRunning();
  const { s3, bucket: Bucket, embedded } = running;
  await put(running, 'k');
  const complete = await uploaded(running, 'multipart');

  await refusal(put(running, 'bad', { ChecksumCRC32: 'AAAAAA==' }));
  await refusal(put(running, 'k', { IfNoneMatch: '*' }));
  await refusal(put(running, 'k', { IfMatch: '"other"' }));
  await refusal(
    s3.send(new CopyObjectCommand({ Bucket, Key: 'copied', CopySource: `${Bucket}/none` })),
  );
  expect(await post(running, { Conditions: [['content-length-range', 1, 2]] })).toBe(400);
  await refusal(complete({}, '"00000000000000000000000000000000"'));
  await refusal(complete({ IfMatch: '"other"' }));

  await complete();
  await complete();
  const Tagging = { TagSet: [{ Key: 'visibility', Value: 'public' }] };
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'multipart' }));
  await put(running, 'last');
  expect((await takeEvents(embedded, 3)).map(keyOf)).toEqual(['k', 'multipart', 'last']);
});

test('of conditional creates that race, only the one that wins is an event', async () => {
  const running = await startRunning();
  const racers = Array.from({ length: 10 }, () => put(running, 'k', { IfNoneMatch: '*' }));
  await Promise.allSettled(racers);
  await put(running, 'last');
  expect((await takeEvents(running.embedded, 2)).map(keyOf)).toEqual(['k', 'last']);
});

test('other buckets have no events', async () => {
  const running = await startRunning();
  const { s3, bucket, embedded } = running;
  await s3.send(new CreateBucketCommand({ Bucket: 'another' }));
  await put(running, 'k', { Bucket: 'another' });
  await s3.send(
    new CopyObjectCommand({ Bucket: 'another', Key: 'copied', CopySource: 'another/k' }),
  );
  await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'here', CopySource: 'another/k' }));
  expect((await takeEvents(embedded, 1)).map(keyOf)).toEqual(['here']);
});

test('sequencers increase with every write of a key, across restarts too', async () => {
  let running = await startRunning();
  const sequencers: string[] = [];
  for (let start = 0; start < 3; start++) {
    for (let i = 0; i < 12; i++) await put(running, 'k');
    const events = await takeEvents(running.embedded, 12);
    sequencers.push(...events.map(({ detail }) => detail.object.sequencer ?? ''));
    running = await running.restart();
  }
  expect(sequencers.join()).toMatch(/^([0-9a-f]{16},?){36}$/);
  expect(sequencers).toEqual(sequencers.toSorted());
  expect(new Set(sequencers).size).toBe(36);
});
