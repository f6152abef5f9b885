import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS, type UploadState } from '@file-upload/shared-types';
import { createMetadataStore, type FileRow } from '@file-upload/storage';
import { endExpiredUploads, endExpiredUploadsHourly } from '../src/expired-uploads.ts';
import { reindex } from '../src/reindex-table.ts';
import { EVERY_FILE } from '@file-upload/workflow';
import { createRecordedStores } from './recorded-calls.ts';
import { startService, type Service } from './service.ts';
import { runWorkflow } from './running-workflow.ts';
import { partOf, send, uploadClient } from './upload-client.ts';

const LARGE = randomBytes(17 * 1024 ** 2);

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const client = uploadClient(() => service.url);

/** The stores when what is opened now is over. */
function afterwards() {
  const now = () => Date.now() + LIMITS.pendingSeconds * 1000 + 2000;
  const { objects, clients } = service.stores;
  const metadata = createMetadataStore({ dynamodb: clients.dynamodb, table: 'files', now });
  return { stores: { objects, metadata }, now: now() };
}

async function openLarge(headers?: Record<string, string>) {
  const file = { file_name: 'large.bin', file_size: LARGE.length };
  const { file_id, plan } = await client.openParts(file, headers);
  const [part] = await client.sign(file_id, [1]);
  expect((await send(part!, partOf(LARGE, plan, 1))).status).toBe(200);
  return file_id;
}

/** Makes an upload one whose time is over. */
async function expire(fileId: string): Promise<FileRow> {
  const { metadata } = service.stores;
  const row = (await metadata.get(fileId))!;
  await metadata.remove(fileId);
  const expired = { ...row, expires_at: Math.floor(Date.now() / 1000) - 1 };
  await metadata.claim(expired);
  return expired;
}

const rowsOf = async (fileId: string) =>
  (await Array.fromAsync(service.stores.metadata.scan())).filter((row) => row.file_id === fileId);
const uploadsOf = async (fileId: string) => await service.stores.objects.multipart.list(fileId);

test('an upload whose time is over counts as gone, and its key opens a new one', async () => {
  const key = { 'idempotency-key': randomUUID() };
  const fileId = await openLarge(key);
  await expire(fileId);
  const notFound = { status: 404, body: { code: 'UPLOAD_NOT_FOUND' } };
  expect(await client.complete(fileId)).toMatchObject(notFound);
  expect(await client.call('GET', `/uploads/${fileId}`)).toMatchObject(notFound);
  expect(
    await client.call('POST', `/uploads/${fileId}/parts`, { part_numbers: [1] }),
  ).toMatchObject(notFound);

  expect(await openLarge(key)).toBe(fileId);
  expect((await client.abort(fileId)).status).toBe(204);
});

test('an upload whose time is over can be aborted', async () => {
  const fileId = await openLarge();
  await expire(fileId);
  expect((await client.abort(fileId)).status).toBe(204);
  expect([await rowsOf(fileId), await uploadsOf(fileId)]).toEqual([
    [expect.objectContaining({ deleting: true })],
    [],
  ]);
});

test('the parts and the row of an upload go when its time is over, and not before', async () => {
  const fileId = await openLarge();
  await endExpiredUploads(service.stores);
  expect([await rowsOf(fileId), await uploadsOf(fileId)]).toEqual([
    [expect.objectContaining({ file_id: fileId })],
    [expect.anything()],
  ]);
  const { stores, now } = afterwards();
  await endExpiredUploads(stores, now);
  await endExpiredUploads(stores, now);
  expect([await rowsOf(fileId), await uploadsOf(fileId)]).toEqual([[], []]);
});

test('a server whose stores have no such rules does it by itself', async () => {
  const fileId = await openLarge();
  await expire(fileId);
  const failures: unknown[] = [];
  const ending = endExpiredUploadsHourly(service.stores, (error) => failures.push(error), 100);
  await sleep(150);
  await ending.stop();
  expect(failures).toEqual([]);
  expect(await rowsOf(fileId)).toEqual([]);
});

test('a reindex ends an upload whose time is over, and leaves what is open', async () => {
  const [over, open] = [await openLarge(), await openLarge()];
  await expire(over);
  const stores = createRecordedStores('reindex', { ...service.embedded, table: 'files' });
  const { report } = await reindex({ ...stores, rules: EVERY_FILE });
  stores.clients.destroy();
  expect(report).toMatchObject({ reservations_removed: 1, failures: 0 });
  expect([await rowsOf(over), await uploadsOf(over)]).toEqual([[], []]);
  expect((await client.call('GET', `/uploads/${open}`)).status).toBe(200);
  await client.abort(open);
});

test('an object that arrives after its row expired is compared with its declared size', async () => {
  const { file_id, request } = await client.openSingle({ file_name: 'a.bin', file_size: 5 });
  const { s3_key } = await expire(file_id);
  await send(request, Buffer.from('12345'));
  const description = (await service.stores.objects.head(s3_key))?.description;
  expect(description).toMatchObject({ declaredSize: 5 });

  // As whoever has the bucket could do it.
  await service.stores.objects.remove(s3_key);
  const { value } = { value: 'rosUhgp5mIg=' };
  await service.stores.objects.create(
    { key: s3_key, contentType: 'application/octet-stream', description: description! },
    Buffer.from('123456789'),
    { algorithm: 'CRC64NVME', value },
  );
  await reindex({ ...service.stores, rules: EVERY_FILE });
  const { body } = await client.call('GET', `/files/${file_id}`);
  expect(body).toMatchObject({
    validation_status: 'INVALID',
    validation_error: { code: 'SIZE_MISMATCH' },
  });
});

test('a reindex leaves what is buried, and removes what came after it', async () => {
  const { file_id, request } = await client.openSingle({ file_name: 'a.bin', file_size: 5 });
  await client.abort(file_id);
  expect((await send(request, Buffer.from('12345'))).status).toBe(200);
  const foreseen = await reindex({ ...service.stores, rules: EVERY_FILE }, { dryRun: true });
  expect(foreseen.report).toMatchObject({ rows_rebuilt: 0, failures: 0 });
  expect(await Array.fromAsync(service.stores.objects.list(file_id))).toHaveLength(1);
  const { report } = await reindex({ ...service.stores, rules: EVERY_FILE });
  expect(report).toMatchObject({ rows_rebuilt: 0, failures: 0 });
  expect(await Array.fromAsync(service.stores.objects.list(file_id))).toEqual([]);
  expect(await rowsOf(file_id)).toHaveLength(1);
  const { stores } = afterwards();
  await reindex({ ...stores, rules: EVERY_FILE });
  expect(await rowsOf(file_id)).toEqual([]);
});

test('an upload whose parts are all there stays one that can be resumed until its time is over', async () => {
  const workflow = await runWorkflow(service);
  const sendAll = async () => {
    const { file_id, plan } = await client.openParts({
      file_name: 'large.bin',
      file_size: LARGE.length,
    });
    for (const part of await client.sign(file_id, [3, 1, 2])) {
      expect((await send(part, partOf(LARGE, plan, part.part_number))).status).toBe(200);
    }
    return file_id;
  };
  const [resumed, left] = [await sendAll(), await sendAll()];
  await workflow.idle();
  await endExpiredUploads(service.stores);
  for (const fileId of [resumed, left]) {
    const { body } = await client.call<UploadState>('GET', `/uploads/${fileId}`);
    expect(body.metadata.validation_status).toBe('PENDING');
    expect(body.uploaded_parts.map(({ part_number }) => part_number)).toEqual([1, 2, 3]);
  }
  const announced = new Set(workflow.announced.map(({ file_id }) => file_id));
  expect([announced.has(resumed), announced.has(left)]).toEqual([false, false]);

  expect((await client.complete(resumed)).status).toBe(201);
  await workflow.announcement(({ file_id }) => file_id === resumed);
  const { stores, now } = afterwards();
  await endExpiredUploads(stores, now);
  expect([await rowsOf(left), await uploadsOf(left)]).toEqual([[], []]);
  expect((await client.complete(left)).body.code).toBe('UPLOAD_NOT_FOUND');
  expect(await rowsOf(resumed)).toMatchObject([{ validation_status: 'VALID' }]);
  await workflow.close();
});
