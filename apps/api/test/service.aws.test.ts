import { randomBytes, randomUUID } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { FileList, FileMetadata } from '@file-upload/shared-types';
import { ensureMetadataTable } from '@file-upload/storage';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../src/app.ts';
import { createStores } from '../src/stores.ts';
import { formOf, json, SETTINGS } from './service.ts';

/** The service on stores that are not ours: those of the environment's AWS. */
const endpoint = process.env['AWS_ENDPOINT_URL'];
if (!endpoint) throw new Error('Run these tests with: npm run test:aws');

const bucket = `smoke-${randomUUID()}`;
const table = `smoke-${randomUUID()}`;
const stores = createStores({
  region: 'us-east-1',
  s3Endpoint: endpoint,
  dynamodbEndpoint: endpoint,
  bucket,
  table,
});
let app: FastifyInstance;
let url = '';

beforeAll(async () => {
  await stores.clients.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await ensureMetadataTable(stores.clients.dynamodb, table);
  app = await buildApp({
    ...stores,
    logger: false,
    settings: { ...SETTINGS, baseUrl: () => url },
  });
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await app.close();
  stores.clients.destroy();
});

const post = async (body: FormData) =>
  await json(await fetch(`${url}/files`, { method: 'POST', body }));

test('says that its stores are well', async () => {
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test('stores a file, describes it, gives it back, lists it and deletes it', async () => {
  const bytes = randomBytes(100_000);
  const { file_id, metadata } = await post(formOf(bytes, 'photo.jpg'));

  expect(await json<FileMetadata>(await fetch(`${url}/files/${file_id}`))).toEqual(metadata);
  expect((await fetch(`${url}/files?file_id=${file_id}`)).status).toBe(200);
  const content = await fetch(`${url}/files/${file_id}/content`);
  expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
  const range = { headers: { range: 'bytes=10-19' } };
  const part = await fetch(`${url}/files/${file_id}/content`, range);
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
  const { files } = await json<FileList>(await fetch(`${url}/files`));
  expect(files.map((file) => file.file_id)).toEqual([file_id]);

  expect((await fetch(`${url}/files/${file_id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await fetch(`${url}/files/${file_id}`)).status).toBe(404);
});
