import { randomUUID } from 'node:crypto';
import type { FileMetadata, OpenedUpload } from '@file-upload/shared-types';
import { TROUBLES } from './fault-proxy.ts';
import { startFaultyService, type FaultyService } from './faulty-service.ts';
import { runWorkflowToItsEnd } from './running-workflow.ts';
import { PART, PART_CRC, uploadSentInParts } from './sent-in-parts.ts';
import { json, startService, type Service } from './service.ts';
import { send, uploadClient, type Answer, type Sendable } from './upload-client.ts';

/** More bytes than go in one request: nobody sends them. */
const MANY = 17 * 1024 ** 2;

let service: Service;
let patient: FaultyService;
/** Notices soon that a store hangs. */
let impatient: FaultyService;

beforeAll(async () => {
  service = await startService();
  patient = await startFaultyService(service, { s3IdleMs: 10_000, dynamodbIdleMs: 10_000 });
  impatient = await startFaultyService(service, { s3IdleMs: 400, dynamodbIdleMs: 400 });
});
afterAll(async () => {
  await patient.close();
  await impatient.close();
  await service.close();
});

const healthy = uploadClient(() => service.url);

const objectsOf = async (fileId: string) =>
  await Array.fromAsync(service.stores.objects.list(`${fileId}/`));
const partsOf = async (fileId: string) => await service.stores.objects.multipart.list(fileId);
const fileOf = async (fileId: string) =>
  await healthy.call<FileMetadata>('GET', `/files/${fileId}`);
const contentOf = async (fileId: string) =>
  Buffer.from(await (await fetch(`${service.url}/files/${fileId}/content`)).arrayBuffer());

type UploadClient = ReturnType<typeof uploadClient>;

/**
 * Does something with each of its calls to a store in each kind of trouble: that one call alone, or
 * it and all that follow, as when the process dies right there. No workflow runs meanwhile: with one
 * it would depend on chance how many calls there are.
 *
 * @param arrange makes what it is done to, with nothing in trouble
 * @param act is done by the service in trouble
 * @param check is called when all is well again
 */
async function inEveryTrouble<T>(
  arrange: () => Promise<T>,
  act: (ill: UploadClient, subject: T) => Promise<Answer<unknown>>,
  status: number,
  check: (subject: T, answer: Answer<unknown>, trouble: string) => Promise<void>,
): Promise<void> {
  const first = await arrange();
  patient.proxy.watch();
  expect(await act(patient.client, first)).toMatchObject({ status });
  const calls = [...patient.proxy.calls];
  expect(calls.length).toBeGreaterThan(0);

  for (const [call, name] of calls.entries()) {
    for (const [does, { trouble, extents, takesTime }] of Object.entries(TROUBLES)) {
      const { client, proxy } = takesTime ? impatient : patient;
      for (const extent of extents) {
        const subject = await arrange();
        proxy.watch({ call, trouble, extent });
        const troubled = await act(client, subject).finally(() => proxy.heal());
        const what = `${name} (call ${call}) ${does} ${extent}`;
        // On a busy machine an impatient one gives up before.
        if (!takesTime) expect([what, proxy.hits > 0]).toEqual([what, true]);
        if (troubled.status !== status) {
          expect([what, troubled]).toMatchObject([
            what,
            { status: 503, body: { code: 'STORE_UNAVAILABLE' } },
          ]);
        }
        await check(subject, troubled, what);
      }
    }
  }
}

const sentInParts = () => uploadSentInParts(service.stores);

/** An upload in one request, which was not sent. */
async function openedSingle(): Promise<{ file_id: string; request: Sendable }> {
  return await healthy.openSingle({
    file_name: 'a.bin',
    file_size: PART.length,
    checksum: PART_CRC,
  });
}

const keyed = async () => Promise.resolve({ 'idempotency-key': randomUUID() });

test('an upload in parts opens or is answered with a clear 503, and opened again with its key is one upload that works', async () => {
  const file = { file_name: 'a.bin', file_size: MANY };
  await inEveryTrouble(
    keyed,
    (ill, key) => ill.open(file, key),
    201,
    async (key, answer, trouble) => {
      const again = await healthy.open(file, key);
      const { file_id } = again.body;
      if (answer.status === 201) expect(again.body).toEqual(answer.body);
      const [part] = await healthy.sign(file_id, [3]);
      expect([trouble, (await send(part!, Buffer.alloc(MANY - 16 * 1024 ** 2))).status]).toEqual([
        trouble,
        200,
      ]);
      expect((await healthy.abort(file_id)).status).toBe(204);
      // What is left is an upload whose id got lost, or which could not be removed.
      for (const left of await partsOf(file_id)) {
        expect(await service.stores.objects.multipart.listParts(left)).toEqual([]);
      }
    },
  );
}, 120_000);

test('an upload in one request opens or is answered with a clear 503, and opened again with its key works', async () => {
  const file = { file_name: 'a.bin', file_size: PART.length };
  await inEveryTrouble(
    keyed,
    (ill, key) => ill.open(file, key),
    201,
    async (key) => {
      const { body } = await healthy.open(file, key);
      const { upload, file_id } = body as OpenedUpload;
      expect((await send(upload as Sendable, PART)).status).toBe(200);
      expect((await healthy.complete(file_id)).status).toBe(201);
    },
  );
}, 120_000);

test('an upload in parts is completed or answered with a clear 503, and completed again is one whole file', async () => {
  await inEveryTrouble(
    sentInParts,
    (ill, { file_id }) => ill.complete(file_id),
    201,
    async ({ file_id }) => {
      const again = await healthy.complete(file_id);
      expect(again).toMatchObject({ status: 201, body: { metadata: { checksum: PART_CRC } } });
      expect((await contentOf(file_id)).equals(PART)).toBe(true);
      expect(await objectsOf(file_id)).toHaveLength(1);
      expect(await partsOf(file_id)).toEqual([]);
    },
  );
}, 120_000);

test('an upload of which nobody completes what failed is VALID where its object is there, and can be resumed where it is not', async () => {
  const made: { file_id: string; trouble: string }[] = [];
  await inEveryTrouble(
    sentInParts,
    (ill, { file_id }) => ill.complete(file_id),
    201,
    async ({ file_id }, _, trouble) => {
      made.push({ file_id, trouble });
      return Promise.resolve();
    },
  );
  await runWorkflowToItsEnd(service);
  for (const { file_id, trouble } of made) {
    const { validation_status } = (await fileOf(file_id)).body;
    const isThere = (await objectsOf(file_id)).length === 1;
    expect([trouble, validation_status]).toEqual([trouble, isThere ? 'VALID' : 'PENDING']);
    const state = await healthy.call('GET', `/uploads/${file_id}`);
    expect(state).toMatchObject({
      status: 200,
      body: { uploaded_parts: isThere ? [] : [{ part_number: 1, size: PART.length }] },
    });
  }
}, 120_000);

test('an upload in one request is completed or answered with a clear 503, and completed again is one whole file', async () => {
  await inEveryTrouble(
    async () => {
      const opened = await openedSingle();
      await send(opened.request, PART);
      return opened;
    },
    (ill, { file_id }) => ill.complete(file_id),
    201,
    async ({ file_id }) => {
      expect((await healthy.complete(file_id)).body.metadata.checksum).toEqual(PART_CRC);
      expect((await contentOf(file_id)).equals(PART)).toBe(true);
    },
  );
}, 120_000);

test.each([
  ['in parts', sentInParts],
  ['in one request', openedSingle],
])(
  'an upload %s is aborted or answered with a clear 503, and aborted again is gone',
  async (_, arrange: () => Promise<{ file_id: string; request?: Sendable }>) => {
    await inEveryTrouble(
      arrange,
      (ill, { file_id }) => ill.abort(file_id),
      204,
      async ({ file_id, request }, answer) => {
        if (answer.status === 204) expect((await fileOf(file_id)).status).toBe(404);
        // The file was never there, so whoever gives up halfway may delete it as well.
        expect((await healthy.call('DELETE', `/files/${file_id}`)).status).toBe(204);
        expect((await healthy.abort(file_id)).status).toBe(204);
        if (request) await send(request, PART);
        expect((await fileOf(file_id)).status).toBe(404);
        expect((await healthy.complete(file_id)).status).toBe(404);
        expect(await partsOf(file_id)).toEqual([]);
        if (!request) expect(await objectsOf(file_id)).toEqual([]);
      },
    );
    await runWorkflowToItsEnd(service);
    expect(await listed()).toEqual([]);
  },
  120_000,
);

/** The keys of files that were to be gone. */
async function listed(): Promise<string[]> {
  const { objects, metadata } = service.stores;
  const keys = (await Array.fromAsync(objects.list())).map(({ key }) => key);
  const rows = await Promise.all(keys.map((key) => metadata.get(key.split('/')[0] ?? '')));
  return keys.filter((_, i) => rows[i] === undefined);
}

test('says in words what it does with an upload that is being aborted', async () => {
  const { file_id } = await openedSingle();
  await service.stores.metadata.hideUpload(file_id);
  const answer = await fetch(`${service.url}/uploads/${file_id}`);
  expect([answer.status, (await json(answer)).code]).toEqual([404, 'UPLOAD_NOT_FOUND']);
});
