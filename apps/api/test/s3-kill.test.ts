import type { FileMetadata } from '@file-upload/shared-types';
import { killAtEveryWrite } from './kill-at-every-write.ts';
import { runWorkflowToItsEnd } from './running-workflow.ts';
import { startService, type Service } from './service.ts';
import { fileIdOf, uppyClient } from './uppy-client.ts';

const BYTES = Buffer.from('0123456789');

/** The stores, and a service on them that stands for the next one that is started. */
let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const next = uppyClient(() => service.url);
const fileOf = async (key: string) =>
  (await next.call<Partial<FileMetadata>>('GET', `/files/${fileIdOf(key)}`)).body;

/** An upload in parts, of which all have arrived. */
async function sent() {
  const { body: upload } = await next.open({ filename: 'a.bin' });
  return { upload, parts: [await next.sendPart(upload, 1, BYTES)] };
}

test('an upload that was being opened is one without parts, which is opened anew', async () => {
  await killAtEveryWrite(
    service,
    () => Promise.resolve({ filename: 'lost.bin' }),
    (url, file) => uppyClient(() => url).open(file),
    async (file) => {
      const { multipart } = service.stores.objects;
      for (const left of await multipart.list()) {
        if (left.key.endsWith(`/${file.filename}`)) {
          expect(await multipart.listParts(left)).toEqual([]);
        }
      }
      const { body: upload } = await next.open(file);
      const parts = [await next.sendPart(upload, 1, BYTES)];
      expect(await next.complete(upload, parts)).toMatchObject({ status: 200 });
    },
  );
}, 120_000);

test('an upload that was being completed is VALID once it is completed again, or where its object is there', async () => {
  await killAtEveryWrite(
    service,
    sent,
    (url, { upload, parts }) => uppyClient(() => url).complete(upload, parts),
    async ({ upload, parts }, moment) => {
      await runWorkflowToItsEnd(service);
      const isThere = (await service.stores.objects.head(upload.key)) !== undefined;
      const status = (await fileOf(upload.key)).validation_status;
      expect([moment, status]).toEqual([moment, isThere ? 'VALID' : undefined]);
      // What Uppy does first when it comes back: nothing that was sent is missing.
      const { body: listed } = await next.list(upload);
      expect([moment, listed]).toMatchObject([moment, [{ PartNumber: 1, Size: BYTES.length }]]);
      expect(await next.complete(upload, isThere ? listed : parts)).toMatchObject({ status: 200 });
      expect(await fileOf(upload.key)).toMatchObject({
        validation_status: 'VALID',
        file_size: BYTES.length,
      });
    },
  );
}, 120_000);

test('an upload that was being aborted is gone once it is aborted again', async () => {
  await killAtEveryWrite(
    service,
    sent,
    (url, { upload }) => uppyClient(() => url).abort(upload),
    async ({ upload, parts }, moment) => {
      const { status } = await next.abort(upload);
      expect([moment, [200, 404]]).toEqual([moment, expect.arrayContaining([status])]);
      await runWorkflowToItsEnd(service);
      expect(await service.stores.objects.head(upload.key)).toBeUndefined();
      expect(await service.stores.objects.multipart.list(upload.key)).toEqual([]);
      expect((await next.complete(upload, parts)).status).toBe(404);
    },
  );
}, 120_000);
