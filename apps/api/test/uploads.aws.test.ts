import { randomBytes, randomUUID } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { UploadState } from '@file-upload/shared-types';
import { checksumOf, ensureMetadataTable } from '@file-upload/storage';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../src/app.ts';
import { createStores } from '../src/stores.ts';
import { SETTINGS } from './service.ts';
import { partOf, send, uploadClient } from './upload-client.ts';

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

test('an upload that is aborted is gone with its parts', async () => {
  const { file_id, plan } = await client.openParts({
    file_name: 'large.bin',
    file_size: LARGE.length,
  });
  const [part] = await client.sign(file_id, [1]);
  await send(part!, partOf(LARGE, plan, 1));
  for (const status of [204, 204]) expect((await client.abort(file_id)).status).toBe(status);
  expect(await stores.objects.multipart.list(file_id)).toEqual([]);
  expect((await client.complete(file_id)).body.code).toBe('UPLOAD_NOT_FOUND');
});
