import { text } from 'node:stream/consumers';
import { PUBLIC_READ_TAG } from '@file-upload/shared-types';
import { deleteFile } from '../src/delete-file.ts';
import { emptyReport, type ReindexReport } from '../src/reindex-report.ts';
import { reindex, type ReindexOptions, type ReindexOutcome } from '../src/reindex-table.ts';
import {
  emptyTable,
  PNG,
  putObject,
  readBucket,
  readTable,
  rebuildable,
  reserve,
  runWorkflow,
  sha256,
  RULES,
  startStores,
  storeFile,
  type BareStores,
  type StoresWithClients,
} from './reindex-files.ts';

let started: BareStores;
let stores: StoresWithClients;

beforeEach(async () => {
  started = await startStores();
  stores = started.stores;
});
afterEach(() => started.close());

/** Runs it, with other stores in the place of some. */
async function run(
  options: ReindexOptions = {},
  other: Partial<Pick<StoresWithClients, 'objects' | 'metadata'>> = {},
): Promise<ReindexOutcome> {
  const { recordedStores } = started;
  return await reindex({ ...recordedStores, ...other, rules: RULES }, { requestMs: 0, ...options });
}

/** Expects a run to come to its end, with nothing but `found` in its report. */
async function expectRun(options: ReindexOptions, found: Partial<ReindexReport>): Promise<void> {
  const { report, stopped } = await run(options);
  expect(stopped).toBeUndefined();
  const { rows: _, objects: __, ...rest } = { ...emptyReport(options.dryRun ?? false), ...found };
  expect(report).toMatchObject(rest);
}

const statusOf = async (fileId: string) => (await stores.metadata.get(fileId))?.validation_status;

/** Files of all kinds, as the workflow leaves them. */
async function storeAllKinds(): Promise<void> {
  const kinds = [
    storeFile(stores, { fileName: 'plain.txt', owner: 'somebody@example.org' }),
    storeFile(
      stores,
      { fileName: 'public.png', contentType: 'image/png', visibility: 'public' },
      PNG,
    ),
    storeFile(stores, { fileName: 'not a.jpg', contentType: 'image/jpeg' }, PNG),
    storeFile(stores, { fileName: '年 🎉 "x".txt', contentType: 'text/plain; charset="utf-8"' }),
    storeFile(stores, { fileName: 'keyed', idempotencyKey: 'a key' }),
    storeFile(stores, { fileName: 'empty' }, Buffer.alloc(0)),
    storeFile(stores, { fileName: 'declared', declared: sha256(Buffer.from('some bytes')) }),
  ];
  const keys = (await Promise.all(kinds)).map(({ s3_key }) => s3_key);
  await putObject(stores, 'another/program.png', PNG, 'image/png');
  for (const key of [...keys, 'another/program.png']) await runWorkflow(stores, key);
}

describe('when the table is lost', () => {
  test('every row comes back as it was, but for what only it knew', async () => {
    await storeAllKinds();
    const before = await readTable(stores);
    const tags = await readBucket(stores);
    expect([...before.values()].map((row) => row.validation_status).sort()).toEqual([
      'INVALID',
      ...Array<string>(7).fill('VALID'),
    ]);
    await emptyTable(stores);

    await expectRun({}, { rows_rebuilt: 8, examined: 8, valid: 7, invalid: 1 });
    const after = await readTable(stores);
    expect([...after.values()].map(rebuildable)).toEqual([...before.values()].map(rebuildable));
    expect(await readBucket(stores)).toEqual(tags);
    for (const { history = [], announced, validation_status } of after.values()) {
      const verdict = validation_status === 'VALID' ? 'validated' : 'rejected';
      expect(history.map(({ event }) => event)).toEqual(['received', verdict]);
      expect(announced).toBeUndefined();
    }
  });

  test('what had no object, or was not in it, is lost', async () => {
    const missing = await storeFile(stores);
    await stores.objects.remove(missing.s3_key);
    await runWorkflow(stores, missing.s3_key);
    expect(await statusOf(missing.file_id)).toBe('INVALID');
    const reserved = await reserve(stores);
    const failed = await storeFile(stores);
    await stores.metadata.recordFailure(failed.file_id, { code: 'Fault', message: 'It failed.' });
    const hidden = await storeFile(stores);
    await stores.metadata.hide(hidden.file_id);
    await emptyTable(stores);

    await expectRun({}, { rows_rebuilt: 2, examined: 2, valid: 2 });
    const table = await readTable(stores);
    expect([...table.keys()].sort()).toEqual([failed.file_id, hidden.file_id].sort());
    expect(table.get(reserved.file_id)).toBeUndefined();
    expect(table.get(failed.file_id)?.processing_error).toBeUndefined();
    expect(table.get(hidden.file_id)?.deleting).toBeUndefined();
  });

  test('the size that a direct upload was declared with is lost: what arrived is its size', async () => {
    const { file_id, s3_key } = await reserve(stores, { file_size: 3 });
    await putDescribed(s3_key, 'reserved.txt', 'longer');
    await runWorkflow(stores, s3_key);
    expect(await stores.metadata.get(file_id)).toMatchObject({
      file_size: 3,
      validation_error: { code: 'SIZE_MISMATCH' },
    });
    await expectRun({}, {});
    await emptyTable(stores);

    await expectRun({}, { rows_rebuilt: 1, examined: 1, valid: 1 });
    expect(await stores.metadata.get(file_id)).toMatchObject({ file_size: 6 });
  });

  test('a request that is repeated with its key gets the file that is there', async () => {
    const file = { fileName: 'keyed', idempotencyKey: 'a key' };
    const { file_id } = await storeFile(stores, file);
    await emptyTable(stores);
    await run();
    expect((await storeFile(stores, file)).file_id).toBe(file_id);
    expect((await readTable(stores)).size).toBe(1);
  });
});

/** Puts an object that describes itself as one of the service's. */
async function putDescribed(key: string, fileName: string, content: string): Promise<void> {
  const bytes = Buffer.from(content);
  await stores.objects.create(
    {
      key,
      contentType: 'text/plain',
      description: {
        fileName,
        owner: 'anonymous',
        visibility: 'private',
        uploadTime: new Date().toISOString(),
      },
    },
    bytes,
    sha256(bytes),
  );
}

describe('drift', () => {
  test('a second run finds nothing to do', async () => {
    await storeAllKinds();
    await emptyTable(stores);
    const gone = await storeFile(stores);
    await stores.objects.remove(gone.s3_key);
    await run();
    const table = await readTable(stores);
    await expectRun({}, { rows_without_object: 1 });
    await expectRun(
      { verify: true },
      { rows_without_object: 1, examined: 8, valid: 7, invalid: 1 },
    );
    expect(await readTable(stores)).toEqual(table);
  });

  test('a row without object becomes INVALID, and VALID again when the object is back', async () => {
    const { file_id, s3_key } = await storeFile(stores, { visibility: 'public' });
    await runWorkflow(stores, s3_key);
    await stores.objects.remove(s3_key);
    await expectRun({}, { rows_without_object: 1, newly_missing: 1 });
    expect(await stores.metadata.get(file_id)).toMatchObject({
      validation_status: 'INVALID',
      validation_error: { code: 'OBJECT_MISSING' },
    });

    await putObject(stores, s3_key, Buffer.from('some bytes'));
    await expectRun({}, { examined: 1, valid: 1, rows_corrected: 1 });
    expect(await stores.metadata.get(file_id)).toMatchObject({
      validation_status: 'VALID',
      published: true,
    });
  });

  test('an object without row gets its row, also where one only reserves its id', async () => {
    const { file_id, s3_key } = await reserve(stores);
    await putDescribed(s3_key, 'reserved.txt', 'bytes');
    await putObject(stores, 'folder/', Buffer.alloc(0));
    await putObject(stores, 'folder/of another.png', PNG, 'image/png');
    await expectRun({}, { rows_rebuilt: 2, examined: 2, valid: 2 });
    const table = await readTable(stores);
    expect(table.size).toBe(2);
    expect(table.get(file_id)).toMatchObject({ file_size: 5, validation_status: 'VALID' });
  });

  test('a file that has no verdict gets one, and a public one is open to everybody then', async () => {
    const { file_id, s3_key } = await storeFile(stores, { visibility: 'public' });
    await expectRun({}, { examined: 1, valid: 1 });
    expect(await stores.metadata.get(file_id)).toMatchObject({ published: true });
    expect(await stores.objects.getTags(s3_key)).toEqual({ visibility: 'public' });
  });

  test('a public file whose tagging was cut off is open to everybody afterwards', async () => {
    const { file_id, s3_key } = await storeFile(stores, { visibility: 'public' });
    await stores.metadata.recordVerdict(file_id, { status: 'VALID' });
    await expectRun({}, { examined: 1, valid: 1, rows_corrected: 1 });
    expect(await stores.objects.getTags(s3_key)).toEqual({ visibility: 'public' });
  });

  test('a row that disagrees with its object in size becomes INVALID; in checksum, with --verify', async () => {
    const [longer, other] = [await storeFile(stores), await storeFile(stores)];
    for (const { s3_key } of [longer, other]) await runWorkflow(stores, s3_key);
    await putObject(stores, longer.s3_key, Buffer.from('other bytes'));
    await putObject(stores, other.s3_key, Buffer.from('SOME BYTES'));

    await expectRun({}, { examined: 1, invalid: 1, rows_corrected: 1 });
    expect(await stores.metadata.get(longer.file_id)).toMatchObject({
      validation_error: { code: 'SIZE_MISMATCH' },
    });
    await expectRun({ verify: true }, { examined: 2, invalid: 2, rows_corrected: 1 });
    expect(await stores.metadata.get(other.file_id)).toMatchObject({
      validation_error: { code: 'CHECKSUM_MISMATCH' },
    });
  });

  test('a deletion that was begun is finished', async () => {
    const both = await storeFile(stores);
    const noObject = await storeFile(stores);
    for (const { file_id } of [both, noObject]) await stores.metadata.hide(file_id);
    await stores.objects.remove(noObject.s3_key);
    await expectRun({}, { deletions_finished: 2 });
    expect((await readTable(stores)).size).toBe(0);
    expect((await readBucket(stores)).size).toBe(0);
  });

  test('a reservation that expired goes, unless its object is there; one that has not stays', async () => {
    const past = { expires_at: Math.floor(Date.now() / 1000) - 10 };
    await reserve(stores, past);
    const arrived = await reserve(stores, past);
    await putDescribed(arrived.s3_key, 'reserved.txt', 'bytes');
    const live = await reserve(stores);
    await expectRun({}, { reservations_removed: 1, rows_rebuilt: 1, examined: 1, valid: 1 });
    const table = await readTable(stores);
    expect([...table.keys()].sort()).toEqual([arrived.file_id, live.file_id].sort());
    expect(table.get(live.file_id)).toEqual(live);
  });

  test('a dry run writes nothing, and reports what the run then does', async () => {
    await storeAllKinds();
    const rows = [...(await readTable(stores)).values()];
    await stores.metadata.remove(rows[0]!.file_id);
    await stores.metadata.remove(rows[1]!.file_id);
    await stores.objects.remove(rows[2]!.s3_key);
    await storeFile(stores, { visibility: 'public' });
    await stores.metadata.hide((await storeFile(stores)).file_id);
    await reserve(stores);
    await reserve(stores, { expires_at: 1 });
    const arrived = await reserve(stores);
    await putDescribed(arrived.s3_key, 'reserved.txt', 'bytes');
    await putObject(stores, 'by another program', PNG);
    const table = await readTable(stores);
    const bucket = await readBucket(stores);

    const dry = await run({ dryRun: true });
    expect(await readTable(stores)).toEqual(table);
    expect(await readBucket(stores)).toEqual(bucket);
    const verified = await run({ dryRun: true, verify: true });
    expect(verified.report.examined).toBeGreaterThan(dry.report.examined);
    expect(await readTable(stores)).toEqual(table);

    const wet = await run();
    // The object of the deletion that was finished is not there to be counted any more.
    const { objects } = wet.report;
    expect(dry).toEqual({ ...wet, report: { ...wet.report, dry_run: true, objects: objects + 1 } });
    expect(dry.report).toMatchObject({
      rows_rebuilt: 4,
      rows_without_object: 1,
      deletions_finished: 1,
      reservations_removed: 1,
    });
  });
});

describe('a run that does not go smoothly', () => {
  /** Files whose rows are lost, and their keys in order. */
  async function storeRowless(count: number): Promise<string[]> {
    const stored = await Promise.all(Array.from({ length: count }, () => storeFile(stores)));
    for (const { s3_key } of stored) await runWorkflow(stores, s3_key);
    await emptyTable(stores);
    return stored.map(({ s3_key }) => s3_key).sort();
  }

  /** The stores, of which S3 fails for some keys. */
  const failingFor = (fails: (key: string) => boolean) => ({
    objects: {
      ...stores.objects,
      head: async (key: string) => {
        if (fails(key)) throw new Error(`no ${key}`);
        return await stores.objects.head(key);
      },
    },
  });

  test('is interrupted, goes on where it was, and comes to the same end', async () => {
    const keys = await storeRowless(30);
    await run();
    const whole = [...(await readTable(stores)).values()].map(rebuildable);
    await emptyTable(stores);

    const controller = new AbortController();
    const first = await run({
      concurrency: 4,
      signal: controller.signal,
      onProgress: ({ report }) => report.objects === 10 && controller.abort(),
    });
    expect(first.stopped).toBe('interrupted');
    // What was in flight is finished, and nothing else was begun.
    const done = first.report.objects;
    expect(done).toBeGreaterThanOrEqual(10);
    expect(done).toBeLessThanOrEqual(14);
    expect(first.position).toBe(keys[done - 1]);
    expect((await readTable(stores)).size).toBe(done);

    const second = await run({ startAfter: first.position });
    expect(second.stopped).toBeUndefined();
    expect(second.report).toMatchObject({ rows: 0, objects: 30 - done, rows_rebuilt: 30 - done });
    expect([...(await readTable(stores)).values()].map(rebuildable)).toEqual(whole);
  });

  test('names an object that cannot be handled, counts it, and goes on', async () => {
    const keys = await storeRowless(30);
    const failures: string[] = [];
    const { report, stopped, position } = await run(
      { onFailure: (name, error) => failures.push(`${name}: ${(error as Error).message}`) },
      failingFor((key) => key === keys[7] || key === keys[29]),
    );
    expect(stopped).toBeUndefined();
    expect(report).toMatchObject({ objects: 30, rows_rebuilt: 28, failures: 2 });
    expect(failures).toEqual([`${keys[7]}: no ${keys[7]}`, `${keys[29]}: no ${keys[29]}`]);
    expect(position).toBe(keys[28]);
    await expectRun({}, { rows_rebuilt: 2, examined: 2, valid: 2 });
  });

  test('stops when too much fails in a row, and would go on before that', async () => {
    const keys = await storeRowless(40);
    const { report, stopped, position } = await run(
      {},
      failingFor((key) => key >= keys[5]!),
    );
    expect(stopped).toEqual({ error: new Error(`no ${keys[25]}`) });
    expect(report).toMatchObject({ rows_rebuilt: 5, failures: 21 });
    expect(position).toBe(keys[4]);
  });

  test('would go on before all that failed together, where some of it went well', async () => {
    const keys = await storeRowless(40);
    const fails = (key: string) => key >= keys[10]! && key !== keys[12] && key !== keys[14];
    const { report, position } = await run({}, failingFor(fails));
    expect(report).toMatchObject({ rows_rebuilt: 12 });
    expect(position).toBe(keys[9]);
  });

  test('stops when a listing fails', async () => {
    const keys = await storeRowless(3);
    const error = new Error('no more');
    const { stopped, position } = await run(
      { concurrency: 1 },
      {
        objects: {
          ...stores.objects,
          async *list() {
            yield* [...(await Array.fromAsync(stores.objects.list()))].slice(0, 2);
            throw error;
          },
        },
      },
    );
    expect(stopped).toEqual({ error });
    expect(position).toBe(keys[1]);
  });

  test('starts after a key that is not there', async () => {
    const keys = await storeRowless(3);
    const { report } = await run({ startAfter: `${keys[0]}0` });
    expect(report).toMatchObject({ objects: 2, rows_rebuilt: 2 });
  });

  test('names no position that a shell would take for something else', async () => {
    await putObject(stores, 'a plain-key/ä.txt', PNG);
    await putObject(stores, 'b `reboot`', PNG);
    await putObject(stores, "c 'd' $(reboot)", PNG);
    expect((await run()).position).toBe('a plain-key/ä.txt');
  });

  test('looks again at an object that is replaced while it is examined, and leaves one that is deleted', async () => {
    const [replaced = '', deleted = ''] = await storeRowless(2);
    const changing = {
      ...stores.objects,
      async *read(...args: Parameters<typeof stores.objects.read>) {
        const [key] = args;
        if (key === replaced && !seen.has(key)) await putObject(stores, key, PNG);
        if (key === deleted) await stores.objects.remove(key);
        seen.add(key);
        yield* stores.objects.read(...args);
      },
    };
    const seen = new Set<string>();
    const { report } = await run({}, { objects: changing });
    expect(report).toMatchObject({ failures: 0, examined: 1 });
    expect(seen).toEqual(new Set([replaced, deleted]));
  });
});

test('uploads and deletions while it runs come to no harm, and neither does it', async () => {
  const content = (client: number) => `the content of ${client}`;
  const kept = new Map<string, string>();
  let isOver = false;
  const client = async (name: number) => {
    for (let i = 0; i < 50; i++) {
      // Every key is used for two files: one that is deleted, and one that stays.
      const file = {
        fileName: `${name}.txt`,
        idempotencyKey: `${name} ${Math.floor(i / 2)}`,
        visibility: 'public' as const,
      };
      const { file_id } = await storeFile(stores, file, Buffer.from(content(name)));
      if (i % 2 === 0) await deleteFile(stores, file_id);
      else kept.set(file_id, content(name));
    }
  };
  const repeatedly = async (options: ReindexOptions) => {
    let failures = 0;
    while (!isOver) failures += (await run({ verify: true, ...options })).report.failures;
    return failures;
  };
  // One goes through everything, and one through the objects alone and so more often.
  const running = [repeatedly({ requestMs: 1_000 }), repeatedly({ startAfter: '' })];
  try {
    await Promise.all([1, 2, 3, 4].map(client));
  } finally {
    isOver = true;
    expect(await Promise.all(running)).toEqual([0, 0]);
  }

  await run();
  const rows = [...(await readTable(stores)).values()];
  const stored = rows.filter((row) => row.validation_status !== 'PENDING');
  expect(stored.map((row) => row.file_id).sort()).toEqual([...kept.keys()].sort());
  expect((await readBucket(stores)).size).toBe(kept.size);
  for (const { file_id, validation_status, s3_key } of stored) {
    expect(validation_status).toBe('VALID');
    const { body } = await stores.objects.get(s3_key);
    expect(await text(body)).toBe(kept.get(file_id));
  }
});

test('a public file is let out only where anybody may read it, and is no reason to look elsewhere', async () => {
  const file = { fileName: 'a.png', contentType: 'image/png', visibility: 'public' } as const;
  const { s3_key } = await storeFile(stores, file, PNG);
  const rules = { ...RULES, publicRead: false };
  const runWithoutPublicRead = (verify = false) =>
    reindex({ ...started.recordedStores, rules }, { requestMs: 0, verify });

  expect((await runWithoutPublicRead()).report).toMatchObject({ examined: 1, valid: 1 });
  expect(await stores.objects.getTags(s3_key)).toEqual({});
  expect((await runWithoutPublicRead()).report).toMatchObject({ examined: 0 });
  const { report } = await runWithoutPublicRead(true);
  expect(report).toMatchObject({ examined: 1, rows_corrected: 0 });

  expect((await run()).report).toMatchObject({ examined: 1, valid: 1 });
  const { key, value } = PUBLIC_READ_TAG;
  expect(await stores.objects.getTags(s3_key)).toEqual({ [key]: value });
});
