import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileMetadata, MultipartPlan, UploadState } from '@file-upload/shared-types';
import { checksumOf } from '@file-upload/storage';
import { createRandom } from './random.ts';
import { withServers, type RunningServer } from './server-process.ts';
import { partOf, send, uploadClient } from './upload-client.ts';

const CRASHES = 5;
const CLIENTS = 2;
const BYTES = randomBytes(120 * 1024 ** 2 + 12_345);
/** Milliseconds from a start to the next crash: about as long as the server takes for some parts. */
const LONGEST_LIFE_MS = 600;
const PATIENCE_MS = 30_000;
const KILLS_AFTER_PUT = 5;
const seed = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 1e9));

test(`an upload in parts survives kill -9 at any time, and only what was in flight is sent again (CRASH_SEED=${seed})`, async () => {
  const random = createRandom(seed);
  const checksum = {
    algorithm: 'CRC64NVME' as const,
    value: await checksumOf('CRC64NVME', BYTES),
  };
  await withServers(async ({ start }) => {
    let server: RunningServer = await start();
    const client = uploadClient(() => server.url);
    const { file_id, plan } = await client.openParts({
      file_name: 'large.bin',
      file_size: BYTES.length,
      checksum,
    });
    const acknowledged = new Set<number>();

    /** Goes on from what the service says, until everything is there or the server is not. */
    async function goOn(): Promise<void> {
      const { body } = await client.call<UploadState>('GET', `/uploads/${file_id}`);
      const there = body.uploaded_parts.map(({ part_number }) => part_number);
      expect(there).toEqual(expect.arrayContaining([...acknowledged]));
      expect(body.upload).toEqual(plan);
      const missing = partNumbers(plan).filter((number) => !there.includes(number));
      await Promise.all(
        Array.from({ length: CLIENTS }, async () => {
          for (let number = missing.shift(); number; number = missing.shift()) {
            const [part] = await client.sign(file_id, [number]);
            expect((await send(part!, partOf(BYTES, plan, number))).status).toBe(200);
            acknowledged.add(number);
          }
        }),
      );
    }

    for (let crash = 0; crash < CRASHES; crash++) {
      const working = goOn().then(
        () => undefined,
        (error: Error) => error,
      );
      await sleep(random() * LONGEST_LIFE_MS);
      server.kill('SIGKILL');
      await server.ended;
      const failure = await working;
      // What a client sees of a server that is gone.
      if (failure && !(failure instanceof TypeError || 'cause' in failure)) throw failure;
      server = await start();
    }
    await goOn();
    await client.complete(file_id).catch(() => undefined);
    // Nobody knows whether that was answered.
    server.kill('SIGKILL');
    await server.ended;
    server = await start();
    const completed = await client.complete(file_id);
    expect(completed).toMatchObject({ status: 201, body: { metadata: { checksum } } });

    const content = await fetch(`${server.url}/files/${file_id}/content`);
    expect(Buffer.from(await content.arrayBuffer()).equals(BYTES)).toBe(true);
    await becomesValid(client, file_id);
  });
}, 120_000);

test(`a small file is VALID although the server was killed right after its bytes had arrived, and nobody completes it (CRASH_SEED=${seed})`, async () => {
  const random = createRandom(seed);
  const small = BYTES.subarray(0, 100_000);
  await withServers(async ({ start }) => {
    let server = await start();
    const client = uploadClient(() => server.url);
    const sent: string[] = [];
    for (let kill = 0; kill < KILLS_AFTER_PUT; kill++) {
      const file = { file_name: 'small.bin', file_size: small.length };
      const { file_id, request } = await client.openSingle(file);
      expect((await send(request, small)).status).toBe(200);
      // The first at once; then the workflow has begun, or not.
      await sleep(kill * random() * 20);
      server.kill('SIGKILL');
      await server.ended;
      sent.push(file_id);
      server = await start();
    }
    for (const fileId of sent) await becomesValid(client, fileId);
  });
}, 120_000);

function partNumbers({ part_count }: MultipartPlan): number[] {
  return Array.from({ length: part_count }, (_, i) => i + 1);
}

/** Waits until the workflow has come to its end. */
async function becomesValid(
  client: ReturnType<typeof uploadClient>,
  fileId: string,
): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(50)) {
    const { body } = await client.call<FileMetadata>('GET', `/files/${fileId}`);
    if (body.validation_status === 'VALID') return;
    if (Date.now() > deadline) throw new Error(`It is ${body.validation_status}.`);
  }
}
