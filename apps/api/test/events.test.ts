import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openNotificationLog, type NotificationLog } from '@file-upload/embedded';
import { json, startService, type Service, type ServiceOptions } from './service.ts';

/** A service with a log of announcements, of which it is known who follows it. */
interface Announcing {
  log: NotificationLog;
  service: Service;
  /** One for each stream there was. */
  follows: AbortSignal[];
}

async function withLog(
  use: (announcing: Announcing) => Promise<void>,
  settings: ServiceOptions['settings'] = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'events-'));
  const log = await openNotificationLog(join(folder, 'notifications.jsonl'));
  const follows: AbortSignal[] = [];
  const service = await startService({
    settings,
    notifications: {
      follow(after, signal) {
        follows.push(signal);
        return log.follow(after, signal);
      },
    },
  });
  try {
    await use({ log, service, follows });
  } finally {
    await service.close();
    await log.close();
    await rm(folder, { recursive: true });
  }
}

interface Follower {
  response: Response;
  /** Everything as it is sent, up to and including the end of `count` more blocks. */
  read: (count: number) => Promise<string[]>;
  /** What is left until the service ends the stream. */
  rest: () => Promise<string>;
  leave: () => void;
}

async function follow(url: string, lastEventId?: string): Promise<Follower> {
  const leaving = new AbortController();
  const response = await fetch(`${url}/events`, {
    signal: leaving.signal,
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    text += value ?? '';
    return !done;
  };
  return {
    response,
    async read(count) {
      const blocks: string[] = [];
      while (blocks.length < count) {
        const at = text.indexOf('\n\n');
        if (at >= 0) {
          blocks.push(text.slice(0, at));
          text = text.slice(at + 2);
        } else if (!(await next())) throw new Error(`The stream ended with: ${text}`);
      }
      return blocks;
    },
    async rest() {
      while (await next());
      return text;
    },
    leave: () => leaving.abort(),
  };
}

const announcement = (n: number) => ({
  event: 'file_uploaded',
  event_id: `event-${n}`,
  owner: 'anonymous',
  file_name: `grüße\n\n${n}\r.txt`,
});

/** The members of a block. */
function parse(block: string): { id: string; event: string; data: unknown } {
  const [, id = '', event = '', data = ''] =
    /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
  return { id, event, data: JSON.parse(data) as unknown };
}

async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

test('answers at once, before anything is announced', () =>
  withLog(async ({ service }) => {
    const { response, read } = await follow(service.url);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    });
    expect(await read(1)).toEqual(['retry: 2000']);
  }));

test('sends each announcement, as it is made, to everybody', () =>
  withLog(async ({ log, service }) => {
    await log.append(announcement(0));
    const followers = [await follow(service.url), await follow(service.url)];
    await Promise.all(followers.map(({ read }) => read(1)));
    for (const n of [1, 2]) {
      await log.append(announcement(n));
      for (const { read } of followers) {
        const [block = ''] = await read(1);
        expect(parse(block)).toEqual({
          id: expect.stringMatching(/^\d+$/) as string,
          event: 'file_uploaded',
          data: announcement(n),
        });
      }
    }
  }));

test('sends what came after Last-Event-ID, and goes on with what is new', () =>
  withLog(async ({ log, service }) => {
    const first = await follow(service.url);
    await first.read(1);
    for (const n of [1, 2, 3]) await log.append(announcement(n));
    const blocks = (await first.read(3)).map(parse);
    first.leave();

    const again = await follow(service.url, blocks[0]!.id);
    expect((await again.read(3)).slice(1).map(parse)).toEqual(blocks.slice(1));
    await log.append(announcement(4));
    const [block = ''] = await again.read(1);
    expect(parse(block).data).toEqual(announcement(4));
  }));

test.each(['', '0', '-1', 'garbage', '1e3', '../../etc/passwd', '9'.repeat(20), 'x'.repeat(8000)])(
  'sends everything after the Last-Event-ID %j, which is none of its own',
  (id) =>
    withLog(async ({ log, service }) => {
      for (const n of [1, 2, 3]) await log.append(announcement(n));
      const { read } = await follow(service.url, id);
      const events = (await read(4)).slice(1).map(parse);
      expect(events.map(({ data }) => data)).toEqual([1, 2, 3].map(announcement));
    }),
);

test('tells nobody of the files that have an owner', () =>
  withLog(async ({ log, service }) => {
    await log.append({ ...announcement(1), owner: 'alice' });
    await log.append(announcement(2));
    const { read } = await follow(service.url, '0');
    expect(parse((await read(2))[1]!).data).toEqual(announcement(2));
    await log.append({ ...announcement(3), owner: 'alice' });
    await log.append(announcement(4));
    expect(parse((await read(1))[0]!).data).toEqual(announcement(4));
  }));

test('reads no further ahead than the client reads', async () => {
  let made = 0;
  const text = 'x'.repeat(64 * 1024);
  const service = await startService({
    notifications: {
      async *follow(_after, signal) {
        // A generator that never waits would keep the event loop for itself.
        for (; !signal.aborted; made++) {
          await sleep(0);
          yield { id: String(made), message: { ...announcement(made), text } };
        }
      },
    },
  });
  const { port, hostname } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.write('GET /events HTTP/1.1\r\nhost: a\r\n\r\n');
  let before = -1;
  while (made !== before || made === 0) {
    before = made;
    await sleep(300);
  }
  expect(made).toBeLessThan(1000);
  // Nor does one who reads nothing hold up the end.
  await service.close();
  socket.destroy();
});

test('gives signs of life while there is nothing to tell', () =>
  withLog(
    async ({ log, service }) => {
      const { read } = await follow(service.url);
      expect(await read(3)).toEqual(['retry: 2000', ':', ':']);
      await log.append(announcement(1));
      const blocks = await read(5);
      expect(blocks.filter((block) => block !== ':').map((block) => parse(block).data)).toEqual([
        announcement(1),
      ]);
    },
    { eventHeartbeatMs: 50 },
  ));

test('is not cut off as a client that sends too slowly', () =>
  withLog(
    async ({ log, service }) => {
      const { read } = await follow(service.url);
      await sleep(200);
      await log.append(announcement(1));
      expect(await read(2)).toHaveLength(2);
    },
    { slowBodyMs: 20 },
  ));

test('ends with the client, and takes no more of the log', () =>
  withLog(async ({ log, service, follows }) => {
    const leaving = await follow(service.url);
    const staying = await follow(service.url);
    await leaving.read(1);
    leaving.leave();
    await eventually(() => follows[0]!.aborted);
    expect(follows[1]!.aborted).toBe(false);
    await log.append(announcement(1));
    expect(await staying.read(2)).toHaveLength(2);
  }));

test('ends with the service', () =>
  withLog(async ({ log, service, follows }) => {
    const followers = [await follow(service.url), await follow(service.url)];
    await log.append(announcement(1));
    await Promise.all(followers.map(({ read }) => read(2)));
    const before = performance.now();
    await service.app.close();
    expect(performance.now() - before).toBeLessThan(900);
    expect(await Promise.all(followers.map(({ rest }) => rest()))).toEqual(['', '']);
    expect(follows.map(({ aborted }) => aborted)).toEqual([true, true]);
  }));

test('ends with the log', () =>
  withLog(async ({ log, service }) => {
    const { rest } = await follow(service.url);
    await log.close();
    expect(await rest()).toBe('retry: 2000\n\n');
  }));

test('opens no stream for HEAD', () =>
  withLog(async ({ service, follows }) => {
    const response = await fetch(`${service.url}/events`, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream',
    ]);
    expect(follows).toEqual([]);
  }));

test('lets pages of any origin send Last-Event-ID', () =>
  withLog(async ({ service }) => {
    const { status, headers } = await fetch(`${service.url}/events`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://example.com',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'last-event-id',
      },
    });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-headers')).toMatch(/last-event-id/i);
  }));

test('answers 501 and what to do instead where the service has no log', async () => {
  const service = await startService();
  try {
    const response = await fetch(`${service.url}/events`);
    const { code, message } = await json(response);
    expect([response.status, code]).toEqual([501, 'EVENTS_NOT_AVAILABLE']);
    expect(message).toMatch(/GET \/files.*SNS/);
    const { status } = await fetch(`${service.url}/events`, { method: 'HEAD' });
    expect(status).toBe(501);
  } finally {
    await service.close();
  }
});

test('streams over a connection that ends with it, whatever the client asks', () =>
  withLog(async ({ service }) => {
    const { port, hostname } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    socket.write('GET /events HTTP/1.0\r\nconnection: keep-alive\r\n\r\n');
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n/i);
    socket.resume();
    const ended = once(socket, 'close');
    await service.app.close();
    await ended;
  }));
