import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectCreated } from '@file-upload/workflow';
import { clientOf, kill, startProcess } from '../test/embedded-process.ts';
import { atEnd, startRunning, temporaryFolder } from '../test/running-embedded.ts';
import { keyOf, takeEvents } from '../test/taken-events.ts';
import { deliverEvents } from './event-delivery.ts';
import { startEmbedded } from './index.ts';
import { openStore } from './s3/open-store.ts';

const Bucket = 'file-upload';
/** Soon, for tests; the waits still grow. */
const soon = { firstRetryMillis: 1, maxRetryMillis: 20 };

async function put(s3: S3Client, ...keys: string[]): Promise<void> {
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
}

/** Resolves when something was called as often, with what it was called with. */
function calls<T>(count: number): { promise: Promise<T[]>; called: (argument: T) => void } {
  const { promise, resolve } = Promise.withResolvers<T[]>();
  const all: T[] = [];
  return {
    promise,
    called(argument) {
      if (all.push(argument) === count) resolve(all);
    },
  };
}

const never = (): Promise<never> => new Promise(() => undefined);

test('hands over what came before the delivery and what comes after, oldest first', async () => {
  const { embedded, s3 } = await startRunning();
  await put(s3, 'b', 'a', 'd');
  const { promise, called } = calls<string>(5);
  const delivery = embedded.deliver(async (event) => called(keyOf(event)));
  await put(s3, 'c', 'e');
  expect(await promise).toEqual(['b', 'a', 'd', 'c', 'e']);
  await delivery.stop();
});

test('leaves who made an object the time to write its row', async () => {
  const { embedded, s3 } = await startRunning();
  const { promise, called } = calls<number>(3);
  embedded.deliver(async ({ time }) => called(Date.now() - Date.parse(time)));
  await put(s3, 'a', 'b', 'c');
  for (const age of await promise) expect(age).toBeGreaterThanOrEqual(100);
});

test('unfinished events come again after a restart, and finished ones do not', async () => {
  const first = await startRunning();
  await put(first.s3, 'done', 'failed', 'also done');
  const { promise, called } = calls<string>(3);
  const delivery = first.embedded.deliver(async (event) => {
    called(keyOf(event));
    if (keyOf(event) === 'failed') throw new Error('failed');
  });
  await promise;
  await delivery.stop();
  const second = await first.restart();
  await put(second.s3, 'last');
  expect((await takeEvents(second.embedded, 2)).map(keyOf)).toEqual(['failed', 'last']);
});

test('the event of an acknowledged object is delivered after a kill -9', async () => {
  const dataDir = await temporaryFolder();
  const { child, s3 } = await startProcess(dataDir);
  const acknowledged: string[] = [];
  let killed: Promise<void> | undefined;
  const writer = async (name: string): Promise<void> => {
    for (let i = 0; !killed; i++) {
      await put(s3, `${name}${i}`);
      acknowledged.push(`${name}${i}`);
      if (acknowledged.length === 100) killed = kill(child);
    }
  };
  await Promise.allSettled(['a', 'b', 'c', 'd'].map(writer));
  await killed;

  const second = await startRunning(dataDir);
  await put(second.s3, 'last');
  const delivered: string[] = [];
  const { promise, called } = calls<void>(1);
  second.embedded.deliver(async (event) => {
    delivered.push(keyOf(event));
    if (keyOf(event) === 'last') called();
  });
  await promise;
  expect(delivered).toEqual(expect.arrayContaining(acknowledged));
  // At most what was being written for the four writers came into being unacknowledged.
  expect(delivered.length).toBeLessThanOrEqual(acknowledged.length + 4 + 1);
});

test('a failing event is handed over again until it succeeds, and says why it failed', async () => {
  const { embedded, s3 } = await startRunning();
  await put(s3, 'k');
  const reported: unknown[] = [];
  const { promise, called } = calls<string>(1);
  let tries = 0;
  embedded.deliver(
    async ({ id }) => {
      tries += 1;
      if (tries < 5) throw new Error(`try ${tries}`);
      called(id);
    },
    { ...soon, report: (error, event) => reported.push([String(error), event && keyOf(event)]) },
  );
  await promise;
  expect(reported).toEqual([1, 2, 3, 4].map((n) => [`Error: try ${n}`, 'k']));
});

test('events that always fail, or hang when they are tried again, do not keep others from passing', async () => {
  const { embedded, s3 } = await startRunning();
  await put(s3, 'bad1', 'bad2', 'bad3', 'bad4');
  const tried = new Map<string, number>();
  const hanging = calls<string>(1);
  const { promise, called } = calls<string>(20);
  embedded.deliver(
    async (event) => {
      const key = keyOf(event);
      const tries = (tried.get(key) ?? 0) + 1;
      tried.set(key, tries);
      if (!key.startsWith('bad')) return called(key);
      if (tries === 1) throw new Error('failed');
      hanging.called(key);
      return never();
    },
    { ...soon, concurrency: 2 },
  );
  await hanging.promise;
  const good = Array.from({ length: 20 }, (_, i) => `good${i}`);
  await put(s3, ...good);
  expect(await promise).toEqual(good);
});

test('works off a backlog of thousands, several at a time, each once', async () => {
  const first = await startRunning();
  await first.embedded.close();
  const store = await openStore(join(first.dataDir, 's3'), Bucket);
  const record = { headers: {}, metadata: {}, tags: [], blobs: [], size: 1, etag: 'e' };
  const checksum = { algorithm: 'CRC32', type: 'FULL_OBJECT', value: 'AAAAAA==' } as const;
  const keys = Array.from({ length: 2000 }, (_, i) => `k${i}`);
  await store.index.commit(
    keys.flatMap((key) =>
      store.events.created({
        bucket: Bucket,
        key,
        record: { ...record, checksum, lastModified: Date.now() },
        reason: 'PutObject',
      }),
    ),
  );
  await store.index.close();

  const { embedded } = await startRunning(first.dataDir);
  const { promise, called } = calls<string>(keys.length);
  let running = 0;
  let most = 0;
  const delivery = embedded.deliver(async (event) => {
    running += 1;
    most = Math.max(most, running);
    called(keyOf(event));
    await sleep(1);
    running -= 1;
  });
  expect(await promise).toEqual(keys);
  expect(most).toBe(16);
  await delivery.stop();
  expect(running).toBe(0);
});

test('stopping waits for the events being handled, and hands over no others', async () => {
  const { embedded, s3 } = await startRunning();
  await put(s3, 'a', 'b', 'c');
  const seen: string[] = [];
  const { promise: started, called } = calls<void>(2);
  const gate = Promise.withResolvers<void>();
  const delivery = embedded.deliver(
    async (event) => {
      seen.push(keyOf(event));
      called();
      await gate.promise;
      seen.push(`${keyOf(event)} done`);
    },
    { concurrency: 2 },
  );
  await started;
  const stopped = delivery.stop();
  gate.resolve();
  await stopped;
  expect(seen).toEqual(['a', 'b', 'a done', 'b done']);
  await delivery.stop();
  expect((await takeEvents(embedded, 1)).map(keyOf)).toEqual(['c']);
});

test('a delivery that was stopped keeps no process waiting for another try', async () => {
  const { embedded, s3 } = await startRunning();
  await put(s3, 'k');
  const { promise, called } = calls<unknown>(1);
  const delivery = embedded.deliver(() => Promise.reject(new Error('failed')), {
    firstRetryMillis: 2 ** 30,
    report: called,
  });
  await promise;
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  await delivery.stop();
  expect(timers()).toBe(before - 1);
});

test.each([
  ['in this thread', async (dataDir: string) => (await startRunning(dataDir)).embedded],
  ['in a thread of their own', (dataDir: string) => startEmbedded({ dataDir, s3Port: 0 })],
])('the servers %s can close while events are handled, which come again', async (_, start) => {
  const dataDir = await temporaryFolder();
  const embedded = await start(dataDir);
  const s3 = clientOf(embedded);
  await put(s3, 'done', 'running', 'waiting');
  const { promise: started, called } = calls<void>(3);
  const gate = Promise.withResolvers<void>();
  const reported: unknown[] = [];
  const delivery = embedded.deliver(
    async (event) => {
      called();
      if (keyOf(event) === 'done') return;
      if (keyOf(event) === 'waiting') throw new Error('failed');
      await gate.promise;
    },
    { report: (error) => reported.push(String(error)) },
  );
  await started;
  await embedded.close();
  expect(reported).toEqual(['Error: failed']);
  gate.resolve();
  await delivery.stop();
  await embedded.deliver(never).stop();

  const second = await start(dataDir);
  atEnd(() => second.close());
  await put(clientOf(second), 'last');
  const again = await takeEventsUntil(second, 'last');
  expect(again.filter((key) => key !== 'done')).toEqual(['running', 'waiting', 'last']);
});

async function takeEventsUntil(
  { deliver }: Parameters<typeof takeEvents>[0],
  last: string,
): Promise<string[]> {
  const keys: string[] = [];
  const { promise, called } = calls<void>(1);
  const delivery = deliver(async (event) => {
    keys.push(keyOf(event));
    if (keyOf(event) === last) called();
  });
  await promise;
  await delivery.stop();
  return keys;
}

test('delivers across threads, and finishes for good', async () => {
  const dataDir = await temporaryFolder();
  for (const round of ['a', 'b']) {
    const embedded = await startEmbedded({ dataDir, s3Port: 0 });
    const s3 = clientOf(embedded);
    const keys = Array.from({ length: 150 }, (_, i) => `${round}${i}`);
    await put(s3, ...keys);
    const { promise, called } = calls<string>(keys.length + 1);
    const delivery = embedded.deliver(async (event) => called(keyOf(event)));
    await put(s3, `${round}last`);
    expect(await promise).toEqual([...keys, `${round}last`]);
    await delivery.stop();
    await embedded.close();
  }
});

test('tries again when events cannot be read', async () => {
  const event = { time: '2026-01-01T00:00:00Z', detail: { object: { sequencer: '1' } } };
  const { promise, called } = calls<unknown>(1);
  const reported: unknown[] = [];
  let reads = 0;
  const delivery = deliverEvents(
    {
      async next() {
        reads += 1;
        if (reads === 1) throw new Error('unreadable');
        return reads === 2 ? [event as ObjectCreated] : never();
      },
      remove: async () => undefined,
      closing: new AbortController().signal,
    },
    async (handled) => called(handled),
    { ...soon, report: (error) => reported.push(String(error)) },
  );
  expect(await promise).toEqual([event]);
  expect(reported).toEqual(['Error: unreadable']);
  await delivery.stop();
});
