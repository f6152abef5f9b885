import { AppError, LIMITS, type FileMetadata } from '@file-upload/shared-types';
import { createTasks, EVERY_FILE, type Stores } from '@file-upload/workflow';
import { endExpiredUploads } from '../src/expired-uploads.ts';
import { reindex } from '../src/reindex-table.ts';
import { openParts } from '../src/uppy-opening.ts';
import { completeParts, findParts } from '../src/uppy-parts.ts';
import { createRecordedStores } from './recorded-calls.ts';
import { runWorkflow, runWorkflowToItsEnd, type RunningWorkflow } from './running-workflow.ts';
import { startService, type Service } from './service.ts';
import { fileIdOf, post, uppyClient } from './uppy-client.ts';

/** What Uppy sends, where something dies or fails on the way. No workflow runs unless a test says. */
const BYTES = Buffer.from('0123456789');
const FAULT = new AppError('STORE_UNAVAILABLE', 'It died.');
const FILE = {
  fileName: 'a.bin',
  contentType: 'application/octet-stream',
  visibility: 'private' as const,
  owner: 'anonymous',
};

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const uppy = uppyClient(() => service.url);
const keysOf = async (fileId: string) =>
  (await Array.fromAsync(service.stores.objects.list(fileId))).map(({ key }) => key);
const fileOf = async (fileId: string) =>
  (await uppy.call<Partial<FileMetadata>>('GET', `/files/${fileId}`)).body;
const dies = () => Promise.reject(FAULT);

async function withWorkflow(work: (workflow: RunningWorkflow) => Promise<void>): Promise<void> {
  const workflow = await runWorkflow(service);
  await work(workflow).finally(() => workflow.close());
}

/** A form that has been posted, of which nobody was told. */
async function posted() {
  const { body: form } = await uppy.params({ filename: 'a.bin' });
  expect((await post(form, BYTES)).ok).toBe(true);
  const key = form.fields['key']!;
  return { form, key, fileId: fileIdOf(key) };
}

/** The first task, with another way of one of the stores. */
function validating(objects: Partial<Stores['objects']>) {
  const { stores } = service;
  const run = createTasks({
    metadata: stores.metadata,
    objects: { ...stores.objects, ...objects },
    rules: EVERY_FILE,
    baseUrl: () => service.url,
  });
  return async (key: string) => {
    const object = (await stores.objects.head(key))!;
    const detail = {
      bucket: { name: service.embedded.bucket },
      object: { key, size: object.size, etag: object.etag, sequencer: '0' },
    };
    const input = { 'detail-type': 'Object Created', source: 'aws.s3', detail };
    return await run({ task: 'ValidateFile', input, retries: 0 });
  };
}

test.each<[string, (objects: Stores['objects']) => Partial<Stores['objects']>]>([
  ['before it copied what a form brought', () => ({ copy: dies })],
  [
    'after it copied what a form brought',
    ({ copy }) => ({ copy: async (...keys) => await copy(...keys).then(dies) }),
  ],
  ['before it removed what a form brought', () => ({ remove: dies })],
  [
    'after it removed what a form brought',
    ({ remove }) => ({ remove: async (...which) => await remove(...which).then(dies) }),
  ],
])('a workflow that dies %s goes on where it was', async (_, dying) => {
  const { key, fileId } = await posted();
  await expect(validating(dying(service.stores.objects))(key)).rejects.toMatchObject({
    name: 'StoreUnavailable',
  });
  await withWorkflow(async (workflow) => {
    await workflow.announcement(({ file_id }) => file_id === fileId);
    await workflow.idle();
    expect(await keysOf(fileId)).toEqual([`${fileId}/a.bin`]);
    expect(await fileOf(fileId)).toMatchObject({ validation_status: 'VALID', file_size: 10 });
    expect(workflow.announced.filter(({ file_id }) => file_id === fileId)).toHaveLength(1);
  });
});

test('a rebuild of the table takes what a form brought, unless it is a dry run', async () => {
  const { key, fileId } = await posted();
  const recorded = createRecordedStores('reindex', { ...service.embedded, table: 'files' });
  const stores = { ...recorded, rules: EVERY_FILE };
  await reindex(stores, { requestMs: 0, dryRun: true });
  expect(await keysOf(fileId)).toEqual([key]);
  const { report } = await reindex(stores, { requestMs: 0 });
  expect(report).toMatchObject({ failures: 0, rows_rebuilt: 1 });
  expect(await keysOf(fileId)).toEqual([`${fileId}/a.bin`]);
  expect(await fileOf(fileId)).toMatchObject({ validation_status: 'VALID' });
  recorded.clients.destroy();
  await runWorkflowToItsEnd(service);
});

test('an object of another program under such a key stays where it is', async () => {
  const { key, fileId } = await posted();
  const { objects } = service.stores;
  const other = `${fileId}/incoming/other.bin`;
  await objects.copy(key, other);
  await withWorkflow(async (workflow) => {
    await workflow.announcement(({ s3_key }) => s3_key === other);
    await workflow.idle();
    expect(await keysOf(fileId)).toEqual([`${fileId}/a.bin`, other]);
  });
});

test('an opening that dies before its row is there leaves parts that expire', async () => {
  const { objects, metadata } = service.stores;
  await expect(openParts({ objects, metadata: { ...metadata, claim: dies } }, FILE)).rejects.toBe(
    FAULT,
  );
  const [upload] = await objects.multipart.list();
  expect(await uppy.list(upload!)).toMatchObject({ status: 404 });
  await endExpiredUploads(service.stores, Date.now() + LIMITS.pendingSeconds * 1000 + 5000);
  expect(await objects.multipart.list()).toEqual([]);
});

test('a form and an upload that nobody sends expire', async () => {
  const { body: form } = await uppy.params({ filename: 'a.bin' });
  const { body: upload } = await uppy.open({ filename: 'a.bin' });
  const ids = [form.fields['key']!, upload.key].map(fileIdOf);
  await uppy.sendPart(upload, 1, BYTES);
  await endExpiredUploads(service.stores);
  for (const id of ids) expect(await service.stores.metadata.get(id)).toBeDefined();
  await endExpiredUploads(service.stores, Date.now() + LIMITS.pendingSeconds * 1000 + 5000);
  expect(await service.stores.objects.multipart.list(upload.key)).toEqual([]);
});

test.each<[string, boolean]>([
  ['and the workflow finishes it', true],
  ['and nobody has finished it', false],
])(
  'a completion that dies after the object is there is heard of at the next try, %s',
  async (_, runs) => {
    const { body: upload } = await uppy.open({ filename: 'a.bin' });
    const parts = [await uppy.sendPart(upload, 1, BYTES)];
    const { objects, metadata } = service.stores;
    const { multipart } = objects;
    const dying = {
      metadata,
      objects: {
        ...objects,
        multipart: {
          ...multipart,
          complete: async (...what: Parameters<typeof multipart.complete>) =>
            await multipart.complete(...what).then(dies),
        },
      },
    };
    const row = await findParts(dying, { ...upload, owner: 'anonymous' });
    await expect(completeParts(dying, row, parts, EVERY_FILE)).rejects.toBe(FAULT);

    const fileId = fileIdOf(upload.key);
    if (runs) {
      await withWorkflow(async (workflow) => {
        await workflow.announcement(({ file_id }) => file_id === fileId);
      });
    }
    const { body: listed } = await uppy.list(upload);
    expect(listed).toEqual([{ PartNumber: 1, ETag: expect.any(String) as string, Size: 10 }]);
    expect(await uppy.complete(upload, listed)).toMatchObject({ status: 200 });
    expect(await fileOf(fileId)).toMatchObject({ validation_status: 'VALID', file_size: 10 });
  },
);
