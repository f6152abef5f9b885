import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileList, FileMetadata } from '@file-upload/shared-types';
import { createStores } from '../src/stores.ts';
import { planUploads, send, type PlannedUpload } from './planned-uploads.ts';
import { createRandom } from './random.ts';
import { withServers, type RunningServer } from './server-process.ts';
import { json } from './service.ts';

const UPLOADS = 200;
const CLIENTS = 16;
const CRASHES = 3;
/** Up to this many bytes the embedded S3 keeps in its index rather than in a file. */
const INLINE_BYTES = 16 * 1024;

const seed = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 1e9));

/** The addresses in metadata stay the same when the port does not. */
const ENV = { PUBLIC_BASE_URL: 'http://files.test' };

/** Runs `work` on every item, several at a time, until they are done or `isOver`. */
async function inParallel<T>(
  items: T[],
  work: (item: T) => Promise<void>,
  isOver = () => false,
): Promise<void> {
  const run = async () => {
    for (;;) {
      const item = isOver() ? undefined : items.shift();
      if (item === undefined) return;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, run));
}

async function listAll(url: string): Promise<FileMetadata[]> {
  const files: FileMetadata[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `?cursor=${cursor}`;
    const page: FileList = await json(await fetch(`${url}/files${query}`));
    files.push(...page.files);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return files;
}

async function read(url: string, fileId: string): Promise<Buffer> {
  const response = await fetch(`${url}/files/${fileId}/content`);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** Whatever a crash in the middle of writing could leave behind. */
async function leaveRubbish(dataDir: string): Promise<void> {
  const shelf = join(dataDir, 's3/blobs/00');
  await mkdir(shelf, { recursive: true });
  await writeFile(join(shelf, '00000000-0000-4000-8000-000000000000'), 'nobody refers to this');
  await writeFile(join(dataDir, 's3/tmp/half-written'), 'half of a fi');
}

/** Asserts that the folder holds the bytes of objects and of uploads under way, and no others. */
async function expectNoRubbish(server: RunningServer, dataDir: string): Promise<void> {
  expect(await readdir(join(dataDir, 's3/tmp'))).toEqual([]);
  const { objects, clients } = await connect(server, dataDir);
  const referenced: number[] = [];
  for await (const { size } of objects.list()) referenced.push(size);
  for (const upload of await objects.multipart.list()) {
    const parts = await objects.multipart.listParts(upload);
    referenced.push(...parts.map(({ size }) => size));
  }
  clients.destroy();

  const shelves = join(dataDir, 's3/blobs');
  let onDisk = 0;
  for (const path of await readdir(shelves, { recursive: true })) {
    const found = await stat(join(shelves, path));
    if (found.isFile()) onDisk += found.size;
  }
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
  expect(onDisk).toBe(sum(referenced.filter((size) => size > INLINE_BYTES)));
}

/** The stores behind a running server. */
async function connect(server: RunningServer, dataDir: string) {
  const file = await readFile(join(dataDir, 'aws-credentials'), 'utf8');
  const find = (name: string) => new RegExp(`${name} = (\\S+)`).exec(file)?.[1] ?? '';
  return createStores({
    ...server,
    region: 'us-east-1',
    bucket: 'file-upload',
    table: 'files',
    credentials: {
      accessKeyId: find('aws_access_key_id'),
      secretAccessKey: find('aws_secret_access_key'),
    },
  });
}

test(`kill -9 among ${UPLOADS} uploads of ${CLIENTS} clients loses nothing that was acknowledged, and shows nothing half-written (CRASH_SEED=${seed})`, async () => {
  const random = createRandom(seed);
  const plan = planUploads(UPLOADS, random);
  const planned = new Map(plan.map((upload) => [upload.name, upload]));
  const waiting = [...plan];
  const acknowledged = new Map<string, FileMetadata>();

  /** Asserts that all that is listed is whole, and that all that was acknowledged is listed. */
  async function expectSound(server: RunningServer): Promise<void> {
    const listed = await listAll(server.url);
    const byId = new Map(listed.map((file) => [file.file_id, file]));
    expect([...acknowledged.keys()].filter((fileId) => !byId.has(fileId))).toEqual([]);
    await inParallel([...listed], async (file) => {
      const { bytes, idempotencyKey } = planned.get(file.file_name)!;
      const known = acknowledged.get(file.file_id);
      expect(file).toEqual(known ?? { ...file, file_size: bytes.length });
      expect((await read(server.url, file.file_id)).equals(bytes)).toBe(true);
      const sameName = listed.filter(({ file_name }) => file_name === file.file_name);
      if (idempotencyKey) expect(sameName).toHaveLength(1);
    });
  }

  await withServers(async ({ dataDir, start }) => {
    for (let crash = 1; crash <= CRASHES; crash++) {
      const server = await start(ENV);
      await expectSound(server);
      await expectNoRubbish(server, dataDir);

      const killAt = Math.floor((UPLOADS * (crash - 0.9 + random() * 0.6)) / CRASHES);
      const interrupted: PlannedUpload[] = [];
      let isDead = false;
      await inParallel(
        waiting,
        async (upload) => {
          const answer = await send(server.url, upload);
          if (answer) acknowledged.set(answer.file_id, answer.metadata);
          else interrupted.push(upload);
          if (acknowledged.size >= killAt && !isDead) {
            isDead = true;
            server.kill('SIGKILL');
          }
        },
        () => isDead,
      );
      expect(await server.ended).toEqual({ code: null, signal: 'SIGKILL' });
      expect(interrupted.length).toBeGreaterThan(0);
      waiting.unshift(...interrupted);
      await leaveRubbish(dataDir);
    }

    const server = await start(ENV);
    await expectSound(server);
    await expectNoRubbish(server, dataDir);
    await inParallel(waiting, async (upload) => {
      const answer = await send(server.url, upload);
      expect(answer).toBeDefined();
      if (answer) acknowledged.set(answer.file_id, answer.metadata);
    });
    const names = new Set([...acknowledged.values()].map(({ file_name }) => file_name));
    expect(names.size).toBe(UPLOADS);
    server.kill('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, signal: null });

    await expectSound(await start(ENV));
  });
}, 120_000);
