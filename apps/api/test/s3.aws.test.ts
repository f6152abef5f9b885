import { randomBytes, randomUUID } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { ensureMetadataTable } from '@file-upload/storage';
import { takeIncoming } from '@file-upload/workflow';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../src/app.ts';
import { finishUpload } from '../src/upload-state.ts';
import { createStores } from '../src/stores.ts';
import { SETTINGS } from './service.ts';
import { fileIdOf, post, uppyClient } from './uppy-client.ts';

/** What Uppy asks for, with stores that are not ours: those of the environment's AWS. */
const endpoint = process.env['AWS_ENDPOINT_URL'];
if (!endpoint) throw new Error('Run these tests with: npm run test:aws');

const name = `uppy-${randomUUID()}`;
const stores = createStores({
  region: 'us-east-1',
  s3Endpoint: endpoint,
  dynamodbEndpoint: endpoint,
  bucket: name,
  table: name,
});
const SMALL = randomBytes(20_000);
const PARTS = [randomBytes(5 * 1024 ** 2), randomBytes(7)];
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

const uppy = uppyClient(() => url);
const contentOf = async (fileId: string) =>
  Buffer.from(await (await fetch(`${url}/files/${fileId}/content`)).arrayBuffer());

/** What the workflow does, when it is told of an object. */
async function take(key: string) {
  return await takeIncoming(stores.objects, (await stores.objects.head(key))!);
}

test('a small file goes in one form, and cannot be replaced', async () => {
  const { body: form } = await uppy.params({ filename: 'a 年.bin', type: 'a/b' });
  const key = form.fields['key']!;
  const fileId = fileIdOf(key);
  expect((await post(form, SMALL)).ok).toBe(true);
  const target = (await take(key))!;
  expect(await finishUpload(stores, (await stores.metadata.get(fileId))!)).toMatchObject({
    s3_key: target,
    file_name: 'a 年.bin',
    content_type: 'a/b',
    file_size: SMALL.length,
  });
  expect((await post(form, randomBytes(5))).ok).toBe(true);
  expect(await take(key)).toBe(target);
  expect((await contentOf(fileId)).equals(SMALL)).toBe(true);
  const keys = await Array.fromAsync(stores.objects.list(fileId));
  expect(keys.map((object) => object.key)).toEqual([target]);
});

test('a large file goes in parts, is resumed, and is completed twice', async () => {
  const { body: upload } = await uppy.open({ filename: 'large.bin' });
  const one = await uppy.sendPart(upload, 1, PARTS[0]!);
  expect((await uppy.complete(upload, [one, { PartNumber: 2, ETag: 'x' }])).status).toBe(409);
  expect((await uppy.list(upload)).body.map(({ PartNumber }) => PartNumber)).toEqual([1]);
  const parts = [one, await uppy.sendPart(upload, 2, PARTS[1]!)];
  expect((await uppy.complete(upload, parts)).status).toBe(200);
  expect((await uppy.list(upload)).body).toHaveLength(2);
  expect((await uppy.complete(upload, parts)).status).toBe(200);
  expect((await contentOf(fileIdOf(upload.key))).equals(Buffer.concat(PARTS))).toBe(true);
});

test('an upload that is aborted is gone with its parts', async () => {
  const { body: upload } = await uppy.open({ filename: 'large.bin' });
  const one = await uppy.sendPart(upload, 1, PARTS[0]!);
  for (const status of [200, 200]) expect((await uppy.abort(upload)).status).toBe(status);
  expect(await stores.objects.multipart.list(fileIdOf(upload.key))).toEqual([]);
  expect((await uppy.complete(upload, [one])).body.code).toBe('UPLOAD_NOT_FOUND');
});
