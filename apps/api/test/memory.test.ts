import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { addedMemory } from './resident-memory.ts';
import { withServers } from './server-process.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const LIMIT = 128 * MIB;
/** Enough to go in several parts, and small beside what is measured. */
const WARM_UP = 32 * MIB;

const BOUNDARY = 'boundary';
const HEAD = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n`;
const TAIL = `\r\n--${BOUNDARY}--\r\n`;
const SAMPLE = randomBytes(2 * MIB);

/** Bytes that are nowhere kept whole: each MiB is another window of one sample. */
function* generate(size: number): Generator<Buffer> {
  for (let i = 0; i < size / MIB; i++) {
    const start = (i * 997) % MIB;
    yield SAMPLE.subarray(start, start + MIB);
  }
}

/** Sends `size` bytes, a multiple of a MiB, as a form. */
async function upload(url: string, size: number): Promise<{ fileId: string; sha256: string }> {
  const hash = createHash('sha256');
  const sending = request(`${url}/files`, {
    method: 'POST',
    headers: {
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': HEAD.length + size + TAIL.length,
    },
  });
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
  sending.write(HEAD);
  for (const chunk of generate(size)) {
    hash.update(chunk);
    if (!sending.write(chunk)) await once(sending, 'drain');
  }
  sending.end(TAIL);
  const [response] = await answered;
  const body = (await json(response)) as { file_id: string };
  expect([response.statusCode, body]).toEqual([201, expect.anything()]);
  return { fileId: body.file_id, sha256: hash.digest('hex') };
}

async function download(url: string, fileId: string): Promise<{ size: number; sha256: string }> {
  const response = await fetch(`${url}/files/${fileId}/content`);
  expect(response.status).toBe(200);
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    size += chunk.byteLength;
  }
  return { size, sha256: hash.digest('hex') };
}

test('a file of 1 GiB goes in and comes out whole, each in less than 128 MiB of memory', async () => {
  await withServers(async ({ start }) => {
    const server = await start();
    await download(server.url, (await upload(server.url, WARM_UP)).fileId);

    let sent = { fileId: '', sha256: '' };
    const addedIn = await addedMemory(server.pid, async () => {
      sent = await upload(server.url, GIB);
    });
    let read = { size: 0, sha256: '' };
    const addedOut = await addedMemory(server.pid, async () => {
      read = await download(server.url, sent.fileId);
    });

    expect(read).toEqual({ size: GIB, sha256: sent.sha256 });
    expect(addedIn).toBeLessThan(LIMIT);
    expect(addedOut).toBeLessThan(LIMIT);
  });
}, 120_000);
