import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openNotificationLog } from '@file-upload/embedded';
import type { FileEvent } from '@file-upload/shared-types';
import type { FileRow } from '@file-upload/storage';
import { TASK_NAMES } from '@file-upload/workflow';
import { createRandomFaults, sum } from './random-faults.ts';
import { readTable, startStores, type BareStores } from './reindex-files.ts';
import { knownFiles, storeKnownFile, type KnownFile } from './workflow-faults-files.ts';
import { runProcesses, type World } from './workflow-faults-process.ts';
import { faultLines, fileLines, tableOf } from './workflow-faults-table.ts';

const FILES = 1000;
const SEED = Number(process.env['FAULT_SEED'] ?? 20_261_123);
/** Milliseconds in which every file has to come to its end. It takes a fraction of it. */
const LIMIT = 240_000;
/** The table that `startStores` makes. */
const TABLE = 'files';

/** Steps that only a fault that outlasts its retries leads to. */
const RARE = ['RecordFailure', 'DynamoDB UpdateItem processing_error'];
/** Everything a process does, and may die before and after. */
const PLACES = [
  ...TASK_NAMES,
  'publish',
  'S3 HEAD object',
  'S3 GET object',
  'S3 PUT tags',
  'DynamoDB GetItem',
  'DynamoDB PutItem PENDING',
  'DynamoDB PutItem UPLOADED',
  'DynamoDB UpdateItem validation_status',
  'DynamoDB UpdateItem published',
  'DynamoDB UpdateItem announced',
  'DynamoDB UpdateItem processing_error',
];

let started: BareStores;
let folder: string;
beforeAll(async () => {
  started = await startStores();
  folder = await mkdtemp(join(tmpdir(), 'file-upload-log-'));
});
afterAll(async () => {
  await started.close();
  await rm(folder, { recursive: true, force: true });
});

test('every file gets the right verdict and is announced, whatever goes wrong meanwhile', async () => {
  const { embedded, stores } = started;
  const files = knownFiles(FILES);
  await inParallel(files, (file, index) => storeKnownFile(stores, file, index));
  const logFile = join(folder, 'notifications.jsonl');
  const world: World = {
    embedded,
    table: TABLE,
    log: await openNotificationLog(logFile),
    faults: createRandomFaults(SEED, (place) => (RARE.includes(place) ? 8 : 200)),
    finished: new Set(),
    handedOver: new Map(),
    failures: new Map(),
    failed: 0,
  };

  const start = Date.now();
  const processes = await runProcesses(world);
  await finished(world, files);
  await processes.stop();
  await world.log.close();
  const seconds = (Date.now() - start) / 1000;

  const rows = await readTable(stores);
  const announcements = await readAnnouncements(logFile);
  process.stdout.write(
    [
      tableOf(`Files, with seed ${SEED}`, fileLines(files, rows, announcements)),
      tableOf('Faults, before and after what was asked was done', faultLines(world.faults)),
      tableOf('Otherwise', [
        ['executions that failed', world.failed],
        ['events handed over again', sum(world.handedOver) - world.handedOver.size],
        ['seconds', seconds.toFixed(1)],
      ]),
    ].join(''),
  );

  expect([...rows.keys()]).toEqual(files.map(({ fileId }) => fileId).sort());
  expect(files.map((file) => outcomeOf(file, rows, announcements))).toEqual(
    files.map((file) => expectedOf(file)),
  );
  expect([...announcements.keys()].sort()).toEqual([...rows.keys()]);
  expect(await inParallel(files, ({ key }) => readAnonymously(key))).toEqual(
    files.map(({ kind }) => (kind.visibility === 'public' && !kind.code ? 200 : 403)),
  );
  await expectNoEvents();

  const { faults } = world;
  const share = faults.faults.length / sum(faults.steps);
  expect(share).toBeGreaterThan(0.08);
  expect(share).toBeLessThan(0.12);
  const points = PLACES.flatMap((place) => [`before ${place}`, `after ${place}`]);
  expect(faults.deaths.map(({ when, place }) => `${when} ${place}`).sort()).toEqual(
    [...points, 'before finish event'].sort(),
  );
}, 300_000);

/** Waits until the event of every file is finished. */
async function finished(world: World, files: readonly KnownFile[]): Promise<void> {
  const deadline = Date.now() + LIMIT;
  while (world.finished.size < files.length) {
    if (Date.now() > deadline) {
      const stuck = files.filter(({ key }) => !world.finished.has(key));
      const said = stuck.map(
        ({ key, kind }) => `${kind.name}, ${key}: ${world.failures.get(key) ?? 'no failure'}`,
      );
      throw new Error(`With seed ${SEED}, ${stuck.length} are stuck:\n${said.join('\n')}`);
    }
    await wait(20);
  }
}

/** Whatever was published, by file. */
async function readAnnouncements(logFile: string): Promise<Map<string, FileEvent[]>> {
  const lines = (await readFile(logFile, 'utf8')).split('\n').filter(Boolean);
  const events = lines.map((line) => JSON.parse(line) as FileEvent);
  return Map.groupBy(events, ({ file_id }) => file_id);
}

/** What became of a file, as {@link expectedOf} has it. */
function outcomeOf(
  { kind, fileId }: KnownFile,
  rows: ReadonlyMap<string, FileRow>,
  announcements: ReadonlyMap<string, FileEvent[]>,
) {
  const row = rows.get(fileId);
  const events = announcements.get(fileId) ?? [];
  return {
    kind: kind.name,
    fileId,
    status: row?.validation_status,
    code: row?.validation_error?.code,
    published: row?.published,
    announced: row?.announced,
    processingError: row?.processing_error,
    // Failures may come between them, any number of times.
    history: row?.history?.map(({ event }) => event).filter((event) => event !== 'failed'),
    events: [...new Set(events.map(({ event }) => event))],
    eventIds: new Set(events.map(({ event_id }) => event_id)).size,
    verdicts: [...new Set(events.map((event) => event.validation_status))],
  };
}

function expectedOf({ kind, fileId }: KnownFile): ReturnType<typeof outcomeOf> {
  const { name, code, visibility } = kind;
  const event = code ? 'file_rejected' : 'file_uploaded';
  const status = code ? 'INVALID' : 'VALID';
  return {
    kind: name,
    fileId,
    status,
    code,
    published: visibility === 'public' && !code ? true : undefined,
    announced: event,
    processingError: undefined,
    history: ['received', code ? 'rejected' : 'validated', 'notified'],
    events: [event],
    eventIds: 1,
    verdicts: [status],
  };
}

/** The status that somebody without credentials gets. */
async function readAnonymously(key: string): Promise<number> {
  const { s3Endpoint, bucket } = started.embedded;
  const path = key.split('/').map(encodeURIComponent).join('/');
  const response = await fetch(`${s3Endpoint}/${bucket}/${path}`);
  await response.arrayBuffer();
  return response.status;
}

/** Nothing is left to be handed over. */
async function expectNoEvents(): Promise<void> {
  const left: string[] = [];
  const delivery = started.embedded.deliver((event) => {
    left.push(event.detail.object.key);
    return Promise.resolve();
  });
  await wait(300);
  await delivery.stop();
  expect(left).toEqual([]);
}

/** Does it with all, 16 at a time. */
async function inParallel<T, R>(
  all: readonly T[],
  action: (one: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const entries = all.entries();
  const work = async (): Promise<void> => {
    for (const [index, one] of entries) results[index] = await action(one, index);
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return results;
}
