import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { send } from './upload-send.ts';

const NEVER = new AbortController().signal;

let server: Server;
let listener: RequestListener;
beforeAll(async () => {
  server = createServer((request, response) => void listener(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** Sends so many bytes. */
function sendBytes(size: number, onSent: (bytes: number) => void = () => {}): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const request = { method: 'PUT', url: `http://127.0.0.1:${port}/`, headers: {} };
  return send(request, new Uint8Array(size), { signal: NEVER, onSent });
}

test('tells of each piece that the line has taken, and of all of them', async () => {
  listener = (request, response) => request.resume().on('end', () => response.end());
  const told: number[] = [];
  await sendBytes(1_000_000, (bytes) => told.push(bytes));
  expect([told[0], told.at(-1)]).toEqual([0, 1_000_000]);
  const pieces = told.slice(1).map((bytes, index) => bytes - told[index]!);
  // A line of 2.5 KB/s still moves within a minute.
  expect(Math.max(...pieces)).toBeLessThanOrEqual(150_000);
});

test.each([
  [400, 'BadDigest', 'CHECKSUM_MISMATCH', 'perhaps'],
  [400, 'XAmzContentChecksumMismatch', 'CHECKSUM_MISMATCH', 'perhaps'],
  [400, 'RequestTimeout', 'SERVICE_UNAVAILABLE', 'yes'],
  [400, 'ExpiredToken', 'SERVICE_UNAVAILABLE', 'yes'],
  [400, 'EntityTooLarge', 'STORE_REFUSED', 'perhaps'],
  [403, 'AccessDenied', 'STORE_REFUSED', 'perhaps'],
  [503, 'SlowDown', 'SERVICE_UNAVAILABLE', 'yes'],
])('takes the answer %i %s for %s', async (status, said, code, retry) => {
  listener = (request, response) =>
    request.resume().on('end', () => {
      response.writeHead(status).end(`<Error><Code>${said}</Code><Message>No.</Message></Error>`);
    });
  const message = `The store answered ${status}: ${said}: No.`;
  const failure = { retry, reason: { code, status, message } };
  await expect(sendBytes(10)).rejects.toMatchObject(failure);
});

describe('where nothing moves for a minute', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });
  afterEach(() => {
    jest.useRealTimers();
    Reflect.deleteProperty(globalThis, 'XMLHttpRequest');
  });

  const stalled = {
    retry: 'yes',
    reason: {
      code: 'SERVICE_UNAVAILABLE',
      cause: expect.objectContaining({ message: 'Nothing was sent for 60 s.' }) as Error,
    },
  };

  test.each([0, 1000, 50_000_000])('gives up %i bytes', async (size) => {
    const arrived = new Promise<void>((resolve) => (listener = () => resolve()));
    const sending = expect(sendBytes(size)).rejects.toMatchObject(stalled);
    await arrived;
    await jest.advanceTimersByTimeAsync(70_000);
    await sending;
  });

  test('gives up what a browser sends, without copies of the bytes', async () => {
    const bodies: unknown[] = [];
    Object.assign(globalThis, {
      XMLHttpRequest: class {
        upload = {};
        status = 0;
        responseText = '';
        onloadend = () => {};
        open() {}
        send = (body: unknown) => bodies.push(body);
        abort = () => this.onloadend();
        getAllResponseHeaders = () => '';
      },
    });
    const sending = expect(sendBytes(1000)).rejects.toMatchObject(stalled);
    await jest.advanceTimersByTimeAsync(70_000);
    await sending;
    expect(bodies).toEqual([expect.any(Blob)]);
  });
});
