import { randomBytes, randomUUID } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { UploadState } from '@file-upload/shared-types';
import { checksumOf, ensureMetadataTable } from '@file-upload/storage';
import { anHourAgo } from '@file-upload/storage/an-hour-ago';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../src/app.ts';
import { signPlan } from '../src/sign-upload.ts';
import { createStores } from '../src/stores.ts';
import { SETTINGS } from './service.ts';
import { partOf, send, uploadClient, type Sendable } from './upload-client.ts';

/** Direct uploads into stores that are not ours: those of the environment's AWS. */
const endpoint = process.env['AWS_ENDPOINT_URL'];
if (!endpoint) throw new Error('Run these tests with: npm run test:aws');

const name = `uploads-${randomUUID()}`;
const stores = createStores({
  region: 'us-east-1',
  s3Endpoint: endpoint,
  dynamodbEndpoint: endpoint,
  bucket: name,
  table: name,
});
const SMALL = randomBytes(20_000);
const LARGE = randomBytes(17 * 1024 ** 2 + 7);
let app: FastifyInstance;
let url = '';

beforeAll(async () => {
  await stores.clients.s3.send(new CreateBucketCommand({ Bucket: name }));
  await ensureMetadataTable(stores.clients.dynamodb, name);
  const settings = { ...SETTINGS, baseUrl: () => url };
  app = await buildApp({ ...stores, logger: false, settings });
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await app.close();
  stores.clients.destroy();
});

const client = uploadClient(() => url);
const contentOf = async (fileId: string) =>
  Buffer.from(await (await fetch(`${url}/files/${fileId}/content`)).arrayBuffer());

test('a small file goes in one request, and cannot be replaced', async () => {
  const { file_id, request } = await client.openSingle({
    file_name: 'a.bin',
    file_size: SMALL.length,
    checksum: { algorithm: 'SHA256', value: await checksumOf('SHA256', SMALL) },
  });
  expect((await client.complete(file_id)).body.code).toBe('FILE_NOT_READY');
  expect((await send(request, SMALL)).status).toBe(200);
  expect((await send(request, SMALL)).status).toBe(412);
  expect((await client.complete(file_id)).status).toBe(201);
  expect((await client.complete(file_id)).status).toBe(201);
  expect((await contentOf(file_id)).equals(SMALL)).toBe(true);
});

test('a large file goes in parts, is resumed, and is completed by two at once', async () => {
  const { file_id, plan } = await client.openParts({
    file_name: 'large.bin',
    file_size: LARGE.length,
  });
  for (const numbers of [[3, 1], [2]]) {
    for (const part of await client.sign(file_id, numbers)) {
      expect((await send(part, partOf(LARGE, plan, part.part_number))).status).toBe(200);
    }
    const { body } = await client.call<UploadState>('GET', `/uploads/${file_id}`);
    expect(body.uploaded_parts.map(({ part_number }) => part_number)).toEqual(
      numbers.length === 2 ? [1, 3] : [1, 2, 3],
    );
    if (numbers.length === 2) {
      expect((await client.complete(file_id)).body.code).toBe('INVALID_PART');
    }
  }
  const completed = await Promise.all([client.complete(file_id), client.complete(file_id)]);
  expect(completed.map(({ status }) => status)).toEqual([201, 201]);
  expect((await contentOf(file_id)).equals(LARGE)).toBe(true);
});

/** A request with a part of its URL, or with headers, of another. */
const elsewhere = (request: Sendable, from: string, to: string): Sendable => {
  expect(request.url).toContain(from);
  return { ...request, url: request.url.replace(from, to) };
};
const withHeader = (request: Sendable, name: string, value: string): Sendable => ({
  ...request,
  headers: { ...request.headers, [name]: value },
});

test('the request for a small file is good for its bytes, type, checksum and key alone', async () => {
  const { file_id, request } = await client.openSingle({
    file_name: 'a.bin',
    file_size: SMALL.length,
    checksum: { algorithm: 'CRC64NVME', value: await checksumOf('CRC64NVME', SMALL) },
  });
  const row = (await stores.metadata.get(file_id))!;
  const expired = await anHourAgo(() => signPlan(stores, { ...row, expires_at: 1e10 }));
  for (const [refused, bytes, status] of [
    [request, Buffer.concat([SMALL, SMALL.subarray(-1)]), 403],
    [request, SMALL.subarray(1), 403],
    [request, randomBytes(SMALL.length), 400],
    [withHeader(request, 'content-type', 'text/html'), SMALL, 403],
    [withHeader(request, 'x-amz-checksum-crc64nvme', 'AAAAAAAAAAA='), SMALL, 403],
    [elsewhere(request, file_id, randomUUID()), SMALL, 403],
    [expired as Sendable, SMALL, 403],
  ] as [Sendable, Buffer<ArrayBuffer>, number][]) {
    expect((await send(refused, bytes)).status).toBe(status);
  }
  expect((await client.complete(file_id)).body.code).toBe('FILE_NOT_READY');
  expect((await send(request, SMALL)).status).toBe(200);
});

test('the request for a part is good for this part of this upload alone', async () => {
  const file = { file_name: 'large.bin', file_size: LARGE.length };
  const { file_id, plan } = await client.openParts(file);
  const first = partOf(LARGE, plan, 1);
  const [request] = await client.sign(file_id, [1], [await checksumOf('CRC64NVME', first)]);
  const { file_id: other } = await client.openParts(file);
  const [foreign] = await client.sign(other, [1]);
  const uploadIdOf = ({ url }: Sendable) => new URL(url).searchParams.get('uploadId')!;
  for (const [refused, bytes, status] of [
    [request!, first.subarray(1), 403],
    [request!, partOf(LARGE, plan, 2), 400],
    [elsewhere(request!, 'partNumber=1', 'partNumber=2'), first, 403],
    [elsewhere(request!, 'partNumber=1', 'partNumber=0'), first, 403],
    [elsewhere(request!, 'partNumber=1', 'partNumber=10001'), first, 403],
    [elsewhere(request!, file_id, other), first, 403],
    [elsewhere(request!, uploadIdOf(request!), uploadIdOf(foreign!)), first, 403],
  ] as [Sendable, Buffer<ArrayBuffer>, number][]) {
    expect((await send(refused, bytes)).status).toBe(status);
  }
  const { body } = await client.call<UploadState>('GET', `/uploads/${file_id}`);
  expect(body.uploaded_parts).toEqual([]);
});

test('an upload is not completed with a wrong ETag or without a part', async () => {
  const { file_id, plan } = await client.openParts({
    file_name: 'large.bin',
    file_size: LARGE.length,
  });
  const parts = [];
  for (const part of await client.sign(file_id, [1, 2, 3])) {
    const answer = await send(part, partOf(LARGE, plan, part.part_number));
    parts.push({ part_number: part.part_number, etag: answer.headers.get('etag') });
  }
  const [first, ...others] = parts;
  const wrong = { ...first, etag: `"${'0'.repeat(32)}"` };
  for (const given of [others, [wrong, ...others]]) {
    const { status, body } = await client.complete(file_id, { parts: given });
    expect([status, body.code]).toEqual([409, 'INVALID_PART']);
  }
  expect((await client.complete(file_id, { parts })).status).toBe(201);
});

test('an upload that is aborted is gone with its parts', async () => {
  const { file_id, plan } = await client.openParts({
    file_name: 'large.bin',
    file_size: LARGE.length,
  });
  const [part] = await client.sign(file_id, [1]);
  expect((await send(part!, partOf(LARGE, plan, 1))).status).toBe(200);
  for (const status of [204, 204]) expect((await client.abort(file_id)).status).toBe(status);
  expect(await stores.objects.multipart.list(file_id)).toEqual([]);
  expect((await send(part!, partOf(LARGE, plan, 1))).status).toBe(404);
  expect((await client.complete(file_id)).body.code).toBe('UPLOAD_NOT_FOUND');
});
