import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { open } from 'node:fs/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, uploadFile } from '@file-upload/api-client';
import { createChecksum } from '@file-upload/storage';
import { createRandom } from './random.ts';
import { withServers, type RunningServer } from './server-process.ts';

const MIB = 1024 ** 2;
const SIZE = 1024 * MIB;
const CRASHES = 10;
const CONCURRENCY = 4;
const seed = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 1e9));

/** Writes a file whose every MiB differs, and returns its CRC64NVME. */
async function writeSample(path: string): Promise<string> {
  const file = await open(path, 'w');
  const sample = randomBytes(2 * MIB);
  const checksum = await createChecksum('CRC64NVME');
  for (let i = 0; i < SIZE / MIB; i++) {
    const bytes = sample.subarray((i * 997) % MIB).subarray(0, MIB);
    checksum.update(bytes);
    await file.write(bytes);
  }
  await file.close();
  return checksum.digest();
}

/** Sees what the client sends to the store. */
function watchParts() {
  const acknowledged = new Set<number>();
  /** Numbers of parts, each as often as it was sent. */
  const sent: number[] = [];
  const inVain: number[] = [];
  const partOf = ({ request }: Message) => Number(/[?&]partNumber=(\d+)/.exec(request.path)?.[1]);
  const onStart = (message: unknown) => {
    const part = partOf(message as Message);
    if (!part) return;
    sent.push(part);
    if (acknowledged.has(part)) inVain.push(part);
  };
  const onFinish = (message: unknown) => {
    const { response } = message as Message;
    const part = partOf(message as Message);
    if (part && response.statusCode === 200) acknowledged.add(part);
  };
  subscribe('http.client.request.created', onStart);
  subscribe('http.client.response.finish', onFinish);
  const stop = () => {
    unsubscribe('http.client.request.created', onStart);
    unsubscribe('http.client.response.finish', onFinish);
  };
  return { acknowledged, sent, inVain, stop };
}

/** @see https://nodejs.org/api/diagnostics_channel.html#http */
interface Message {
  request: ClientRequest;
  response: IncomingMessage;
}

test(`uploadFile finishes 1 GiB although the server is killed ten times, and sends again only what was in flight (CRASH_SEED=${seed})`, async () => {
  const random = createRandom(seed);
  await withServers(async ({ dataDir, start }) => {
    const path = join(dataDir, 'large.bin');
    const expected = await writeSample(path);
    let server: RunningServer = await start();
    const ports = { PORT: new URL(server.url).port, S3_PORT: new URL(server.s3Endpoint).port };
    const parts = watchParts();
    let finished = false;
    const uploading = uploadFile(createClient({ baseUrl: server.url }), path, {
      concurrency: CONCURRENCY,
    }).finally(() => (finished = true));
    // A failure shows where it is awaited.
    uploading.catch(() => undefined);

    try {
      const count = SIZE / (8 * MIB);
      // Random moments of the progress: however fast the machine is, all are before its end.
      const moments = Array.from({ length: CRASHES }, () => random() * (count - CONCURRENCY)).sort(
        (one, other) => one - other,
      );
      for (const moment of moments) {
        while (parts.acknowledged.size < moment && !finished) await sleep(2);
        await sleep(random() * 30);
        expect(finished).toBe(false);
        server.kill('SIGKILL');
        await server.ended;
        server = await start(ports);
      }
      const { file_id, checksum } = await uploading;
      expect(checksum).toEqual({ algorithm: 'CRC64NVME', value: expected });

      const again = parts.sent.length - count;
      console.log(`CRASH_SEED=${seed}: ${again} of ${count} parts were sent again.`);
      expect(new Set(parts.sent).size).toBe(count);
      expect(parts.inVain).toEqual([]);
      expect(again).toBeLessThanOrEqual(CRASHES * CONCURRENCY);

      const actual = await createChecksum('CRC64NVME');
      const content = await fetch(`${server.url}/files/${file_id}/content`);
      for await (const chunk of content.body as AsyncIterable<Uint8Array>) actual.update(chunk);
      expect(actual.digest()).toBe(expected);
    } finally {
      parts.stop();
    }
  });
}, 600_000);
