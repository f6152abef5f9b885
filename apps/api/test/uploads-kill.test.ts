import { randomUUID } from 'node:crypto';
import type { FileMetadata } from '@file-upload/shared-types';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { runWorkflowToItsEnd } from './running-workflow.ts';
import { PART, PART_CRC, uploadSentInParts } from './sent-in-parts.ts';
import { withServers, type ServerProcess } from './server-process.ts';
import { startService, type Service } from './service.ts';
import { send, uploadClient, type Answer } from './upload-client.ts';

/** A call that changes something in a store. */
const IS_WRITE = /^(?:POST|PUT|DELETE|PutItem|UpdateItem|DeleteItem)/;
/** More bytes than go in one request: nobody sends them. */
const MANY = 17 * 1024 ** 2;

/** The stores, and a service on them that stands for the next one that is started. */
let service: Service;
let proxy: FaultProxy;
beforeAll(async () => {
  service = await startService();
  proxy = await startFaultProxy(service.embedded);
});
afterAll(async () => {
  await proxy.close();
  await service.close();
});

const next = uploadClient(() => service.url);
const objectsOf = async (fileId: string) =>
  await Array.fromAsync(service.stores.objects.list(`${fileId}/`));
const partsOf = async (fileId: string) => await service.stores.objects.multipart.list(fileId);
const statusOf = async (fileId: string) =>
  (await next.call<Partial<FileMetadata>>('GET', `/files/${fileId}`)).body.validation_status;

/** The environment of a server whose stores are somewhere else. */
function environment(): Record<string, string> {
  const { region, bucket, credentials } = service.embedded;
  return {
    AWS_ENDPOINT_URL: proxy.endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    BUCKET_NAME: bucket,
    METADATA_TABLE: 'files',
  };
}

/**
 * Has a server do something, and kills it: for each write, just before the store gets it, and as soon
 * as the store has done it.
 *
 * @param arrange makes what it is done to
 * @param check is called when the server is gone
 */
async function killAtEveryWrite<T>(
  arrange: () => Promise<T>,
  act: (client: ReturnType<typeof uploadClient>, subject: T) => Promise<Answer<unknown>>,
  check: (subject: T, moment: string) => Promise<void>,
): Promise<void> {
  await withServers(async ({ spawn }) => {
    const start = async (): Promise<[ServerProcess, ReturnType<typeof uploadClient>]> => {
      const server = spawn(environment());
      const [, url = ''] = await server.printed(/^File Upload API at (\S+),/);
      return [server, uploadClient(() => url)];
    };
    const [unharmed, client] = await start();
    const first = await arrange();
    proxy.watch();
    expect((await act(client, first)).status).toBeLessThan(300);
    const calls = [...proxy.calls];
    unharmed.kill('SIGKILL');
    expect(calls.filter((name) => IS_WRITE.test(name)).length).toBeGreaterThan(1);

    for (const [call, name] of calls.entries()) {
      if (!IS_WRITE.test(name)) continue;
      for (const when of ['before', 'after']) {
        const [server, client] = await start();
        const subject = await arrange();
        const die = () => server.kill('SIGKILL');
        const trouble = when === 'before' ? { instead: die } : { afterwards: die };
        proxy.watch({ call, trouble, extent: 'once' });
        await expect(act(client, subject)).rejects.toMatchObject({ name: 'TypeError' });
        expect(await server.ended).toMatchObject({ signal: 'SIGKILL' });
        proxy.heal();
        await check(subject, `${when} ${name} (call ${call})`);
      }
    }
  });
}

test('an upload that was being opened is opened again with its key, as one that works', async () => {
  const file = { file_name: 'a.bin', file_size: MANY };
  await killAtEveryWrite(
    () => Promise.resolve({ 'idempotency-key': randomUUID() }),
    (client, key) => client.open(file, key),
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
    () => uploadSentInParts(service.stores),
    (client, { file_id }) => client.complete(file_id),
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
    async () => {
      const file = { file_name: 'a.bin', file_size: PART.length, checksum: PART_CRC };
      const opened = await next.openSingle(file);
      expect((await send(opened.request, PART)).status).toBe(200);
      return opened;
    },
    (client, { file_id }) => client.complete(file_id),
    async ({ file_id }, moment) => {
      await runWorkflowToItsEnd(service);
      expect([moment, await statusOf(file_id)]).toEqual([moment, 'VALID']);
    },
  );
}, 120_000);

test('an upload that was being aborted is gone once it is aborted again', async () => {
  await killAtEveryWrite(
    () => uploadSentInParts(service.stores),
    (client, { file_id }) => client.abort(file_id),
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
