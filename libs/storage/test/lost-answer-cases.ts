import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  createClients,
  createMetadataStore,
  createObjectStore,
  type MetadataStore,
  type ObjectStore,
} from '../src/index.ts';
import { startLossyProxy, type LossyProxy } from './lossy-proxy.ts';
import {
  expectContent,
  happened,
  inSeconds,
  MIB,
  newObject,
  newRow,
  pending,
  recorded,
  streamOf,
  uploadsOf,
} from './samples.ts';
import type { Case, Given } from './store-under-test.ts';

/** The store did what it was asked, and the line broke before it could say so. */
export function lostAnswerCases(given: Given, declare: Case): void {
  async function through(
    run: (line: {
      proxy: LossyProxy;
      objects: ObjectStore;
      metadata: MetadataStore;
    }) => Promise<void>,
    target: 's3Endpoint' | 'dynamodbEndpoint' = 's3Endpoint',
  ): Promise<void> {
    const { store, table } = given;
    const proxy = await startLossyProxy(store.clients[target]);
    const { s3, dynamodb, destroy } = createClients({ ...store.clients, [target]: proxy.endpoint });
    try {
      const objects = createObjectStore({ s3, bucket: store.bucket });
      await run({ proxy, objects, metadata: createMetadataStore({ dynamodb, table }) });
      expect(proxy.lost).toBe(1);
    } finally {
      destroy();
      await proxy.close();
    }
  }

  const isCreate = ({ method }: IncomingMessage) => method === 'PUT';
  const isComplete = ({ method, url }: IncomingMessage) =>
    method === 'POST' && /[?&]uploadId=/.test(url ?? '');
  const isAny = () => true;

  for (const [what, size, matches] of [
    ['the create', 1000, isCreate],
    ['the completion of a multipart upload', 5 * MIB + 1, isComplete],
  ] as const) {
    declare(`to ${what} does not fail a commit`, async () => {
      await through(async ({ proxy, objects }) => {
        const object = newObject();
        const bytes = randomBytes(size);
        const options = { maxBytes: 64 * MIB, partSize: 5 * MIB };
        const staged = await objects.stage(object, streamOf(bytes), options);
        proxy.loseAnswerTo(matches);
        await staged.commit();
        await expectContent(objects, object.key, bytes);
        expect(await uploadsOf(objects, object.key)).toEqual([]);
      });
    });
  }

  declare('to a part is made up for by sending it again', async () => {
    await through(async ({ proxy, objects }) => {
      const object = newObject();
      const upload = await objects.multipart.start(object);
      proxy.loseAnswerTo(isCreate);
      const part = await objects.multipart.putPart(
        upload,
        1,
        Buffer.from('123456789'),
        'rosUhgp5mIg=',
      );
      expect(await objects.multipart.listParts(upload)).toEqual([part]);
    });
  });

  declare('to a removal or an abort is no error', async () => {
    await through(async ({ proxy, objects }) => {
      const upload = await objects.multipart.start(newObject());
      proxy.loseAnswerTo(isAny);
      await objects.multipart.abort(upload);
    });
    await through(async ({ proxy, objects }) => {
      proxy.loseAnswerTo(isAny);
      await objects.remove(newObject().key);
    });
  });

  declare('to a write of metadata still tells which row stands', async () => {
    for (const write of ['claim', 'recordStored', 'finishClaim'] as const) {
      await through(async ({ proxy, metadata }) => {
        const row = newRow();
        if (write === 'finishClaim') await given.metadata.claim(pending(row, inSeconds(60)));
        proxy.loseAnswerTo(isAny);
        const stands = await metadata[write](row);
        expect(stands).toEqual(write === 'claim' ? row : recorded(row));
        expect(await metadata.get(row.file_id)).toEqual(stands);
      }, 'dynamodbEndpoint');
    }
  });

  declare('to a verdict or an announcement does not make two of it', async () => {
    await through(async ({ proxy, metadata }) => {
      const row = newRow();
      const { file_id } = row;
      await given.metadata.recordStored(row);
      proxy.loseAnswerTo(isAny);
      expect(await metadata.recordVerdict(file_id, { status: 'VALID' })).toMatchObject({
        history: [happened('received'), happened('validated')],
      });
    }, 'dynamodbEndpoint');
    await through(async ({ proxy, metadata }) => {
      const row = newRow();
      const { file_id } = row;
      await given.metadata.recordStored(row);
      proxy.loseAnswerTo(isAny);
      await metadata.recordNotified(file_id, { event: 'file_uploaded', event_id: 'event' });
      expect((await metadata.get(file_id))?.history).toHaveLength(2);
    }, 'dynamodbEndpoint');
  });
}
