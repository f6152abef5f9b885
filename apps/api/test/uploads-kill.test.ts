import { randomUUID } from 'node:crypto';
import type { FileMetadata } from '@file-upload/shared-types';
import { killAtEveryWrite } from './kill-at-every-write.ts';
import { runWorkflowToItsEnd } from './running-workflow.ts';
import { PART, PART_CRC, uploadSentInParts } from './sent-in-parts.ts';
import { startService, type Service } from './service.ts';
import { send, uploadClient } from './upload-client.ts';

/** More bytes than go in one request: nobody sends them. */
const MANY = 17 * 1024 ** 2;

/** The stores, and a service on them that stands for the next one that is started. */
let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const next = uploadClient(() => service.url);
const objectsOf = async (fileId: string) =>
  await Array.fromAsync(service.stores.objects.list(`${fileId}/`));
const partsOf = async (fileId: string) => await service.stores.objects.multipart.list(fileId);
const statusOf = async (fileId: string) =>
  (await next.call<Partial<FileMetadata>>('GET', `/files/${fileId}`)).body.validation_status;

test('an upload that was being opened is opened again with its key, as one that works', async () => {
  const file = { file_name: 'a.bin', file_size: MANY };
  await killAtEveryWrite(
    service,
    () => Promise.resolve({ 'idempotency-key': randomUUID() }),
    (url, key) => uploadClient(() => url).open(file, key),
    async (key, moment) => {
      const { file_id } = (await next.open(file, key)).body;
      const [part] = await next.sign(file_id, [3]);
      const last = Buffer.alloc(MANY - 16 * 1024 ** 2);
      expect([moment, (await send(part!, last)).status]).toEqual([moment, 200]);
      await next.abort(file_id);
      // An upload whose id got lost has no parts.
      for (const left of await partsOf(file_id)) {
        expect(await service.stores.objects.multipart.listParts(left)).toEqual([]);
      }
    },
  );
}, 120_000);

test('an upload in parts that was being completed is VALID where its object is there, and can be resumed where it is not', async () => {
  await killAtEveryWrite(
    service,
    () => uploadSentInParts(service.stores),
    (url, { file_id }) => uploadClient(() => url).complete(file_id),
    async ({ file_id }, moment) => {
      // It has not run before: it would finish what is to be completed.
      await runWorkflowToItsEnd(service);
      const isThere = (await objectsOf(file_id)).length === 1;
      expect([moment, isThere]).toEqual([moment, moment !== 'before POST uploadId (call 2)']);
      expect([moment, await statusOf(file_id)]).toEqual([moment, isThere ? 'VALID' : 'PENDING']);
      const completed = await next.complete(file_id);
      expect(completed).toMatchObject({ status: 201, body: { metadata: { checksum: PART_CRC } } });
      expect(await objectsOf(file_id)).toHaveLength(1);
      expect(await partsOf(file_id)).toEqual([]);
    },
  );
}, 120_000);

test('a file that was being completed is VALID although nobody comes back', async () => {
  await killAtEveryWrite(
    service,
    async () => {
      const file = { file_name: 'a.bin', file_size: PART.length, checksum: PART_CRC };
      const opened = await next.openSingle(file);
      expect((await send(opened.request, PART)).status).toBe(200);
      return opened;
    },
    (url, { file_id }) => uploadClient(() => url).complete(file_id),
    async ({ file_id }, moment) => {
      await runWorkflowToItsEnd(service);
      expect([moment, await statusOf(file_id)]).toEqual([moment, 'VALID']);
    },
  );
}, 120_000);

test('an upload that was being aborted is gone once it is aborted again', async () => {
  await killAtEveryWrite(
    service,
    () => uploadSentInParts(service.stores),
    (url, { file_id }) => uploadClient(() => url).abort(file_id),
    async ({ file_id }, moment) => {
      expect([moment, (await next.abort(file_id)).status]).toEqual([moment, 204]);
      await runWorkflowToItsEnd(service);
      expect([moment, await objectsOf(file_id)]).toEqual([moment, []]);
      expect(await partsOf(file_id)).toEqual([]);
      expect(await statusOf(file_id)).toBeUndefined();
      expect((await next.complete(file_id)).status).toBe(404);
    },
  );
}, 120_000);
