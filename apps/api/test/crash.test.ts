import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { FileEvent, FileList, FileMetadata } from '@file-upload/shared-types';
import { createStores } from '../src/stores.ts';
import { planUploads, send, type PlannedUpload } from './planned-uploads.ts';
import { createRandom } from './random.ts';
import { withServers, type RunningServer } from './server-process.ts';
import { json } from './service.ts';

const UPLOADS = 300;
const CLIENTS = 16;
const CRASHES = 3;
/** Up to this many bytes the embedded S3 keeps in its index rather than in a file. */
const INLINE_BYTES = 16 * 1024;
/** The workflow has this long to finish everything; it takes a few seconds. */
const FINISH_MILLIS = 60_000;
const LOG = 'notifications.ndjson';

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
  await appendFile(join(dataDir, LOG), '{"event":"file_uplo');
}

/** What was announced so far, in whole lines. */
async function readLog(dataDir: string): Promise<string> {
  const text = await readFile(join(dataDir, LOG), 'utf8');
  return text.slice(0, text.lastIndexOf('\n') + 1);
}

/** @throws where a line is no JSON */
function parseLog(log: string): FileEvent[] {
  const lines = log.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as FileEvent);
}

/**
 * Waits until every object has its file, and every file its verdict and its announcement.
 *
 * @returns the files
 */
async function waitUntilFinished(server: RunningServer, dataDir: string): Promise<FileMetadata[]> {
  const { objects, clients } = await connect(server, dataDir);
  try {
    for (const end = Date.now() + FINISH_MILLIS; ; await setTimeout(200)) {
      const files = await listAll(server.url);
      const unlisted = new Set<string>();
      for await (const { key } of objects.list()) unlisted.add(key);
      for (const { s3_key } of files) unlisted.delete(s3_key);
      const announced = new Set(parseLog(await readLog(dataDir)).map(({ file_id }) => file_id));
      const stuck = [
        ...files
          .filter(
            ({ file_id, validation_status: status }) =>
              (status !== 'VALID' && status !== 'INVALID') || !announced.has(file_id),
          )
          .map(
            ({ s3_key, validation_status, processing_error, file_id }) =>
              `${s3_key}: ${validation_status} ${processing_error?.code ?? ''} ${announced.has(file_id) ? '' : 'not '}announced`,
          ),
        ...[...unlisted].map((key) => `${key}: an object without a file`),
      ];
      if (stuck.length === 0) return files;
      if (Date.now() > end) {
        throw new Error(
          [`Stuck for ${FINISH_MILLIS} ms:`, ...stuck, 'The server:', ...server.lines].join('\n'),
        );
      }
    }
  } finally {
    clients.destroy();
  }
}

/** Asserts that every file has the planned verdict, and that this is what was announced. */
function expectVerdicts(
  files: FileMetadata[],
  planned: ReadonlyMap<string, PlannedUpload>,
  log: string,
): void {
  const events = Map.groupBy(parseLog(log), ({ file_id }) => file_id);
  const verdictOf = ({ validation_status, validation_error }: FileMetadata) =>
    `${validation_status} ${validation_error?.code ?? ''}`;
  const outcomes = files.map((file) => {
    const copies = events.get(file.file_id) ?? [];
    return {
      name: file.file_name,
      verdict: verdictOf(file),
      failure: file.processing_error,
      announced: [...new Set(copies.map((copy) => `${copy.event}: ${verdictOf(copy)}`))],
      eventIds: new Set(copies.map(({ event_id }) => event_id)).size,
    };
  });
  expect(outcomes).toEqual(
    files.map(({ file_name: name }) => {
      const rejection = planned.get(name)!.rejection;
      const verdict = rejection ? `INVALID ${rejection}` : 'VALID ';
      const event = rejection ? 'file_rejected' : 'file_uploaded';
      return {
        name,
        verdict,
        failure: undefined,
        announced: [`${event}: ${verdict}`],
        eventIds: 1,
      };
    }),
  );
  const listed = new Set(files.map(({ file_id }) => file_id));
  expect([...events.keys()].filter((fileId) => !listed.has(fileId))).toEqual([]);
  const eventIds = new Set([...events.values()].flat().map(({ event_id }) => event_id));
  expect(eventIds.size).toBe(files.length);
}

/** What the workflow leaves as it was when the upload was answered. */
function withoutFindings({
  validation_status: _status,
  validation_error: _error,
  processing_error: _failure,
  detected_type: _type,
  image: _image,
  ...rest
}: FileMetadata) {
  return rest;
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

test(`kill -9 among ${UPLOADS} uploads of ${CLIENTS} clients loses nothing, shows nothing half-written, and ends with every file examined and announced (CRASH_SEED=${seed})`, async () => {
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
      const { bytes, contentType, idempotencyKey } = planned.get(file.file_name)!;
      const known = acknowledged.get(file.file_id);
      expect(withoutFindings(file)).toEqual(
        withoutFindings(known ?? { ...file, file_size: bytes.length, content_type: contentType }),
      );
      expect((await read(server.url, file.file_id)).equals(bytes)).toBe(true);
      const sameName = listed.filter(({ file_name }) => file_name === file.file_name);
      if (idempotencyKey) expect(sameName).toHaveLength(1);
    });
  }

  let log = '';
  /** Asserts that what was announced before still is. */
  async function expectLogGrown(dataDir: string): Promise<void> {
    const grown = await readLog(dataDir);
    expect(grown.startsWith(log)).toBe(true);
    log = grown;
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
      await expectLogGrown(dataDir);
      await leaveRubbish(dataDir);

      // Once more, while the workflow goes through what it had left.
      const next = await start(ENV);
      await setTimeout(random() * 1000);
      next.kill('SIGKILL');
      expect(await next.ended).toEqual({ code: null, signal: 'SIGKILL' });
      await expectLogGrown(dataDir);
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

    const last = await start(ENV);
    const files = await waitUntilFinished(last, dataDir);
    await expectSound(last);
    last.kill('SIGTERM');
    expect(await last.ended).toEqual({ code: 0, signal: null });
    await expectLogGrown(dataDir);
    expect(log).toBe(await readFile(join(dataDir, LOG), 'utf8'));
    expectVerdicts(files, planned, log);
  });
}, 240_000);
