import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { kill } from '../test/embedded-process.ts';
import { atEnd, temporaryFolder } from '../test/running-embedded.ts';
import {
  openNotificationLog,
  type Notification,
  type NotificationLog,
} from './notification-log.ts';

async function newFile(): Promise<string> {
  return join(await temporaryFolder(), 'notifications.ndjson');
}

async function openLog(file: string, openFile?: typeof open): Promise<NotificationLog> {
  const log = await openNotificationLog(file, openFile);
  atEnd(() => log.close().catch(() => undefined));
  return log;
}

/** The next messages of a follower that begins after an id. */
async function read(
  log: NotificationLog,
  after: string | undefined,
  count: number,
): Promise<Notification[]> {
  const stop = new AbortController();
  const follower = log.follow(after, stop.signal);
  const read = await take(follower, count);
  stop.abort();
  expect(await follower.next()).toEqual({ done: true, value: undefined });
  return read;
}

async function take(follower: AsyncGenerator<Notification, void>, count: number) {
  const taken: Notification[] = [];
  while (taken.length < count) {
    const { value } = await follower.next();
    if (!value) break;
    taken.push(value);
  }
  return taken;
}

const messages = (from: number, to: number): object[] =>
  Array.from({ length: to - from }, (_, i) => ({ n: from + i, text: 'grün\n' }));

test('a message that was appended is a line on the disk, which only the owner can read', async () => {
  const file = await newFile();
  const log = await openLog(file);
  await log.append({ Message: 'a\nb', Subject: 'grün' });
  expect(await readFile(file, 'utf8')).toBe('{"Message":"a\\nb","Subject":"grün"}\n');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a follower gets what came after an id, and then what is new', async () => {
  const log = await openLog(await newFile());
  for (const message of messages(0, 5)) await log.append(message);
  const all = await read(log, '0', 5);
  expect(all.map(({ message }) => message)).toEqual(messages(0, 5));

  const { signal } = new AbortController();
  const follower = log.follow(all[1]?.id, signal);
  expect(await take(follower, 3)).toEqual(all.slice(2));
  const next = follower.next();
  await log.append({ n: 5 });
  expect(await next).toMatchObject({ value: { message: { n: 5 } } });
});

test('a follower without an id gets what is appended after it was asked for', async () => {
  const log = await openLog(await newFile());
  await log.append({ n: 0 });
  const follower = log.follow(undefined, new AbortController().signal);
  await log.append({ n: 1 });
  expect(await take(follower, 1)).toMatchObject([{ message: { n: 1 } }]);
});

test('ids stay the same when the log is opened again', async () => {
  const file = await newFile();
  const first = await openLog(file);
  for (const message of messages(0, 3)) await first.append(message);
  const all = await read(first, '0', 3);
  await first.close();
  const second = await openLog(file);
  await second.append({ n: 3 });
  expect(await read(second, all[2]?.id, 1)).toMatchObject([{ message: { n: 3 } }]);
  expect(await read(second, '0', 3)).toEqual(all);
});

test.each(['', 'nonsense', '-1', '1', '01', '1e3', '999999999999', '9'.repeat(30), ' 12', '0x10'])(
  'after the id %j, which no message has, a follower gets all',
  async (id) => {
    const log = await openLog(await newFile());
    for (const message of messages(0, 3)) await log.append(message);
    expect((await read(log, id, 3)).map(({ message }) => message)).toEqual(messages(0, 3));
  },
);

test.each([
  ['a line', '{"n":'],
  ['a line that is longer than what is read at once', `{"n":"${'x'.repeat(200_000)}`],
])('%s that was torn by a kill is cut off', async (_, torn) => {
  const file = await newFile();
  const first = await openLog(file);
  await first.append({ n: 0 });
  await first.close();
  await appendFile(file, torn);
  const second = await openLog(file);
  await second.append({ n: 1 });
  expect(await readFile(file, 'utf8')).toBe('{"n":0}\n{"n":1}\n');
});

test('a log that begins with a torn line is empty', async () => {
  const file = await newFile();
  await writeFile(file, '{"n"');
  const log = await openLog(file);
  await log.append({ n: 0 });
  expect(await read(log, '4', 1)).toEqual([{ id: '8', message: { n: 0 } }]);
});

test('a line that a power failure garbled is passed over', async () => {
  const file = await newFile();
  await writeFile(file, `{"n":0}\n${'\0'.repeat(10)}\n{"n":2}\n`);
  const log = await openLog(file);
  expect((await read(log, '0', 2)).map(({ message }) => message)).toEqual([{ n: 0 }, { n: 2 }]);
});

test('messages appended at the same time are all there, each whole, in order', async () => {
  const file = await newFile();
  const log = await openLog(file);
  const { signal } = new AbortController();
  const followers = [log.follow('0', signal), log.follow(undefined, signal)];
  const appended = messages(0, 500);
  const [one, other] = await Promise.all([
    ...followers.map((follower) => take(follower, 500)),
    ...appended.map((message) => log.append(message)),
  ]);
  expect((one as Notification[]).map(({ message }) => message)).toEqual(appended);
  expect(other).toEqual(one);
  expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(501);
});

test('messages that arrive during a sync share the next one', async () => {
  let syncs = 0;
  const log = await openLog(await newFile(), faulty({ datasync: () => void (syncs += 1) }));
  await Promise.all(messages(0, 100).map((message) => log.append(message)));
  expect(syncs).toBe(2);
});

test('a follower reads as much as it asks for, of lines of any length', async () => {
  let bytes = 0;
  const openFile = faulty({ read: (length) => void (bytes += length) });
  const file = await newFile();
  const long = { text: 'x'.repeat(150_000) };
  await writeFile(file, `${`${JSON.stringify({ text: 'y'.repeat(990) })}\n`.repeat(20_000)}`);
  const log = await openLog(file, openFile);
  await log.append(long);
  await log.append({ n: 1 });
  bytes = 0;
  const follower = log.follow('', new AbortController().signal);
  await take(follower, 1000);
  expect(bytes).toBeLessThan(1_200_000);
  const rest = await take(follower, 19_002);
  expect(rest.slice(-2).map(({ message }) => message)).toEqual([long, { n: 1 }]);
});

test.each<[string, { write?: (nth: number) => number | undefined; datasync?: () => void }]>([
  ['the disk is full', { write: () => fail('ENOSPC') }],
  ['the disk is full in the middle of a line', { write: (nth) => (nth === 1 ? 3 : fail('EIO')) }],
  ['the sync fails', { datasync: () => fail('EIO') }],
])('when %s the message is refused, and the log stays sound', async (_, fault) => {
  const file = await newFile();
  let broken = false;
  let writes = 0;
  const log = await openLog(
    file,
    faulty({
      write: () => (broken ? fault.write?.((writes += 1)) : undefined),
      datasync: () => (broken ? fault.datasync?.() : undefined),
    }),
  );
  await log.append({ n: 0 });
  const follower = log.follow('0', new AbortController().signal);
  await take(follower, 1);
  const next = follower.next();
  broken = true;
  const lost = await Promise.allSettled([log.append({ lost: 1 }), log.append({ lost: 2 })]);
  expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  broken = false;
  await log.append({ n: 1 });
  expect(await next).toMatchObject({ value: { message: { n: 1 } } });
  expect(await readFile(file, 'utf8')).toBe('{"n":0}\n{"n":1}\n');
});

test('closing finishes what is being written, ends all followers and refuses the rest', async () => {
  const file = await newFile();
  const log = await openLog(file);
  await log.append({ n: 0 });
  const { signal } = new AbortController();
  const waiting = log.follow(undefined, signal);
  const ended = waiting.next();
  const reading = log.follow('0', signal);
  await take(reading, 1);
  const unread = log.follow('0', signal);
  const appended = log.append({ n: 1 });
  await log.close();
  await appended;
  for (const result of [ended, reading.next(), unread.next()]) {
    expect(await result).toEqual({ done: true, value: undefined });
  }
  await expect(log.append({ n: 2 })).rejects.toThrow('closed');
  expect(await readFile(file, 'utf8')).toBe('{"n":0}\n{"n":1}\n');
});

test('an abort ends a follower that waits, and no other', async () => {
  const log = await openLog(await newFile());
  const [gone, stays] = [new AbortController(), new AbortController()];
  const ending = log.follow(undefined, gone.signal).next();
  const staying = log.follow(undefined, stays.signal).next();
  gone.abort();
  expect(await ending).toEqual({ done: true, value: undefined });
  expect(await log.follow('0', gone.signal).next()).toEqual({ done: true, value: undefined });
  await log.append({ n: 0 });
  expect(await staying).toMatchObject({ value: { message: { n: 0 } } });
});

test('keeps every message it acknowledged when it is killed', async () => {
  const file = await newFile();
  const program = new URL('../test/notifying-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--no-warnings', program, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  });
  atEnd(() => kill(child));
  const exited = once(child, 'exit');
  const acknowledged: number[] = [];
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(Number(line));
    if (acknowledged.length === 200) void kill(child);
  }
  await exited;
  const log = await openLog(file);
  const kept = await read(log, '0', Math.max(...acknowledged) + 1);
  expect(kept.map(({ message }) => (message as { n: number }).n)).toEqual([...kept.keys()]);
});

function fail(code: string): never {
  throw Object.assign(new Error(code), { code });
}

interface Faults {
  /** Throws, or says how many bytes to write of those that were asked for. */
  write?: () => number | undefined;
  datasync?: () => void;
  read?: (length: number) => void;
}

/** Opens real files that have faults. */
function faulty(faults: Faults): typeof open {
  return async (...args) => {
    const handle = await open(...args);
    const { write, datasync, read } = handle as unknown as Record<
      'write' | 'datasync' | 'read',
      (...args: unknown[]) => unknown
    >;
    return Object.assign(handle, {
      write(buffer: Buffer, at: number, length: number, position: number) {
        return write.call(handle, buffer, at, faults.write?.() ?? length, position);
      },
      datasync() {
        faults.datasync?.();
        return datasync.call(handle);
      },
      read(buffer: Buffer, at: number, length: number, position: number) {
        faults.read?.(length);
        return read.call(handle, buffer, at, length, position);
      },
    });
  };
}
