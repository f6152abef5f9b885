import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { startBaseline } from './baseline-process.ts';
import type { Bench } from './bench.ts';
import { line, type Line } from './report.ts';
import { interleave, secondsOf } from './rounds.ts';

const CLIENTS = 32;
const UPLOADS = 1_000;
const READS = 4_000;
const BYTES = randomBytes(1024);
const BOUNDARY = 'boundary';
const FORM = Buffer.concat([
  Buffer.from(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="small.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  ),
  BYTES,
  Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
]);

/** Row (c): small requests by many clients, beside bare routes on the same stores. */
export async function measureSmallFiles({ rounds, server, backend }: Bench): Promise<Line[]> {
  const bare = await startBaseline<{ url: string }>('bare-routes.ts', backend);
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

  async function call(url: string, type?: string, body?: Buffer): Promise<string> {
    const headers = body ? { 'content-type': type, 'content-length': body.length } : {};
    const sending = request(url, { agent, method: body ? 'POST' : 'GET', headers }).end(body);
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    const answer = await text(response);
    if ((response.statusCode ?? 500) > 299) throw new Error(`${url} answered ${answer}`);
    return answer;
  }
  const form = (url: string) =>
    call(`${url}/files`, `multipart/form-data; boundary=${BOUNDARY}`, FORM);
  const raw = (url: string) => call(`${url}/files`, 'application/octet-stream', BYTES);

  /** Requests a second. */
  async function rate(count: number, one: () => Promise<unknown>): Promise<number> {
    let left = count;
    const client = async () => {
      while (left-- > 0) await one();
    };
    return count / (await secondsOf(() => Promise.all(Array.from({ length: CLIENTS }, client))));
  }

  try {
    const idOf = (body: string) => (JSON.parse(body) as { file_id: string }).file_id;
    const ours = `${server.url}/files/${idOf(await form(server.url))}`;
    const theirs = `${bare.started.url}/files/${idOf(await raw(bare.started.url))}`;
    // Both are compiled before they are measured.
    await rate(UPLOADS / 2, () => form(server.url));
    await rate(UPLOADS / 2, () => raw(bare.started.url));

    const rates = await interleave(rounds, {
      upload: () => rate(UPLOADS, () => form(server.url)),
      bareUpload: () => rate(UPLOADS, () => raw(bare.started.url)),
      read: () => rate(READS, () => call(ours)),
      bareRead: () => rate(READS, () => call(theirs)),
    });
    const baseline = 'bare Fastify route';
    return [
      line('c', ['uploads of 1 KiB', rates.upload], [baseline, rates.bareUpload], 'requests/s'),
      line('c', ['reads of metadata', rates.read], [baseline, rates.bareRead], 'requests/s'),
    ];
  } finally {
    agent.destroy();
    await bare.close();
  }
}
