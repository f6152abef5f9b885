import { once } from 'node:events';
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateFileResponse } from '@file-upload/shared-types';
import { withServers, type RunningServer } from './server-process.ts';

const HEAD =
  '--b\r\nContent-Disposition: form-data; name="file"; filename="slow.txt"\r\n\r\nthe first half,';
const TAIL = ' the second half\r\n--b--\r\n';

/** An upload of which half is sent. */
interface RunningUpload {
  sending: ClientRequest;
  answered: Promise<[IncomingMessage]>;
}

/** Starts an upload, on a connection that is kept alive, and waits until the server has seen it. */
async function startUpload(server: RunningServer): Promise<RunningUpload> {
  const sending = request(`${server.url}/files`, {
    method: 'POST',
    agent: new Agent({ keepAlive: true }),
    headers: {
      'content-type': 'multipart/form-data; boundary=b',
      'content-length': HEAD.length + TAIL.length,
    },
  });
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
  answered.catch(() => undefined); // Awaited later, by those who expect an answer.
  sending.write(HEAD);
  await server.printed(/"incoming request".*POST|POST.*"incoming request"/);
  return { sending, answered };
}

/** Connects until nobody listens, which is so from some turn of the server's event loop on. */
async function expectRefusal(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  let outcome = '';
  for (let attempt = 0; attempt < 1000 && outcome !== 'ECONNREFUSED'; attempt++) {
    const socket = connect(Number(port), hostname);
    outcome = await once(socket, 'connect').then(
      () => 'connected',
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    );
    socket.destroy();
  }
  expect(outcome).toBe('ECONNREFUSED');
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets a running upload finish, takes no new connections and ends with exit code 0',
  async (signal) => {
    await withServers(async ({ start }) => {
      const server = await start({ LOG_LEVEL: 'info' });
      const { sending, answered } = await startUpload(server);

      // A terminal and a task runner both pass on one Ctrl-C.
      server.kill(signal);
      server.kill(signal);
      await server.printed(/finishing running requests/);
      await expectRefusal(server.url);

      sending.end(TAIL);
      const [response] = await answered;
      const { file_id, metadata } = (await json(response)) as CreateFileResponse;
      expect([response.statusCode, metadata.file_size]).toEqual([201, 31]);
      expect(await server.ended).toEqual({ code: 0, signal: null });

      const { url } = await start();
      const content = await fetch(`${url}/files/${file_id}/content`);
      expect(await content.text()).toBe('the first half, the second half');
    });
  },
);

test.each([
  ['SIGTERM', 'SIGTERM', 143],
  ['SIGINT', 'SIGINT', 130],
  ['SIGINT', 'SIGTERM', 143],
] as const)('%s and then %s stops the server at once', async (first, second, code) => {
  await withServers(async ({ start }) => {
    const server = await start({ LOG_LEVEL: 'info' });
    const { answered } = await startUpload(server);

    server.kill(first);
    await server.printed(/finishing running requests/);
    await sleep(600); // Signals that come closer together are one key press.
    server.kill(second);
    await expect(answered).rejects.toThrow();
    expect(await server.ended).toEqual({ code, signal: null });
  });
});

test.each([
  ['sent nothing', ''],
  ['stopped within the headers of a request', 'GET /files HTTP/1.1\r\nhost: a\r\n'],
  [
    'stopped within the headers of its second request',
    'GET /health HTTP/1.1\r\nhost: a\r\n\r\nGET /files HTTP/1.1\r\nhost: a\r\n',
  ],
])('a client that %s does not hold up the end', async (_, sent) => {
  await withServers(async ({ start }) => {
    const server = await start({ LOG_LEVEL: 'info' });
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined).resume();
    await once(socket, 'connect');
    socket.write(sent);
    // This one comes after it, and is answered.
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    if (sent.includes('/health')) await server.printed(/"request completed"/);

    server.kill('SIGTERM');
    const inTime = sleep(30_000, 'still running', { ref: false });
    expect(await Promise.race([server.ended, inTime])).toEqual({ code: 0, signal: null });
    socket.destroy();
  });
});
