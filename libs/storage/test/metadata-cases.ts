import { randomUUID } from 'node:crypto';
import {
  createMetadataStore,
  ensureMetadataTable,
  type FileRow,
  type ListOptions,
  type MetadataStore,
} from '../src/index.ts';
import { newRow } from './samples.ts';
import type { Case, Given } from './store-under-test.ts';

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** A row that reserves the id of `row` until `expires_at`. */
function pending(row: FileRow, expires_at: number): FileRow {
  return { ...row, validation_status: 'PENDING', expires_at };
}

/** Every row of a listing, and how many rows each of its pages had. */
async function pagesOf(metadata: MetadataStore, owner: string, options: ListOptions) {
  const files: FileRow[] = [];
  const sizes: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await metadata.list(owner, { ...options, cursor });
    files.push(...page.files);
    sizes.push(page.files.length);
    cursor = page.next_cursor;
  } while (cursor);
  return { files, sizes };
}

export function metadataCases(given: Given, declare: Case): void {
  /** Records rows, and waits until the index has all of them. */
  async function record(owner: string, rows: readonly FileRow[]): Promise<void> {
    await Promise.all(rows.map((row) => given.metadata.claim(row)));
    const everything = new Set(rows.map(({ validation_status }) => validation_status));
    let seen: number;
    do {
      const pages = [...everything].map((status) =>
        pagesOf(given.metadata, owner, { limit: 100, status }),
      );
      seen = (await Promise.all(pages)).reduce((sum, { files }) => sum + files.length, 0);
    } while (seen < rows.length);
  }

  declare('of a file that nobody uploaded is not there', async () => {
    expect(await given.metadata.get(randomUUID())).toBeUndefined();
  });

  declare('is claimed by the first of two', async () => {
    const { metadata } = given;
    const first = pending(newRow(), inSeconds(60));
    expect(await metadata.claim(first)).toEqual(first);
    expect(await metadata.claim({ ...first, file_name: 'second' })).toEqual(first);
    expect(await metadata.get(first.file_id)).toEqual(first);
  });

  declare('is claimed by one of many at the same time, and all learn which', async () => {
    const { metadata } = given;
    const row = pending(newRow(), inSeconds(60));
    const claims = Array.from({ length: 10 }, (_, index) =>
      metadata.claim({ ...row, file_name: `contender ${index}` }),
    );
    const winner = await metadata.get((await Promise.all(claims))[0]!.file_id);
    for (const claim of claims) expect(await claim).toEqual(winner);
  });

  declare('is gone when it expired, and may be claimed again', async () => {
    const { metadata } = given;
    const row = newRow();
    await metadata.claim(pending(row, inSeconds(-1)));
    expect(await metadata.get(row.file_id)).toBeUndefined();
    const second = pending({ ...row, file_name: 'second' }, inSeconds(60));
    expect(await metadata.claim(second)).toEqual(second);
  });

  declare('expires at its second, and not before', async () => {
    const { clients, table } = given;
    const { dynamodb } = clients;
    const row = pending(newRow(), 1_000);
    let now = 999_999;
    const metadata = createMetadataStore({ dynamodb, table, now: () => now });
    await metadata.claim(row);
    expect(await metadata.get(row.file_id)).toEqual(row);
    now = 1_000_000;
    expect(await metadata.get(row.file_id)).toBeUndefined();
  });

  declare('keeps a row that does not know its size and checksum yet', async () => {
    const { metadata } = given;
    const unknown = { file_size: undefined, checksum: undefined };
    const row = { ...pending(newRow(), inSeconds(60)), ...unknown };
    await metadata.claim(row);
    expect(await metadata.get(row.file_id)).toEqual(row);
  });

  declare('is recorded once the bytes are stored', async () => {
    const { metadata } = given;
    const row = newRow({ file_name: `😀 "it's" صورة` });
    expect(await metadata.recordStored(row)).toEqual(row);
    expect(await metadata.get(row.file_id)).toEqual(row);
  });

  declare('finishes the claim, also one that expired while the bytes arrived', async () => {
    const { metadata } = given;
    for (const expires_at of [inSeconds(60), inSeconds(-60)]) {
      const row = newRow();
      await metadata.claim(pending(row, expires_at));
      expect(await metadata.recordStored(row)).toEqual(row);
      expect(await metadata.get(row.file_id)).toEqual(row);
    }
  });

  declare('is not recorded over what was recorded first', async () => {
    const { metadata } = given;
    const row = newRow();
    await metadata.recordStored(row);
    await metadata.recordVerdict(row.file_id, { status: 'VALID' });
    const stands = { ...row, validation_status: 'VALID' };
    expect(await metadata.recordStored({ ...row, file_name: 'second' })).toEqual(stands);
    expect(await metadata.get(row.file_id)).toEqual(stands);
  });

  declare('is not recorded over the claim of another object', async () => {
    const { metadata } = given;
    const row = newRow();
    const claim = pending(row, inSeconds(60));
    await metadata.claim(claim);
    expect(await metadata.recordStored({ ...row, s3_key: 'elsewhere' })).toEqual(claim);
  });

  declare('has the last verdict, with the reason of a rejection', async () => {
    const { metadata } = given;
    const row = newRow();
    await metadata.recordStored(row);
    const error = { code: 'TYPE_MISMATCH', message: 'The file is not an image.' };
    const rejected = { ...row, validation_status: 'INVALID', validation_error: error };
    const { file_id } = row;
    expect(await metadata.recordVerdict(file_id, { status: 'INVALID', error })).toEqual(rejected);
    expect(await metadata.get(file_id)).toEqual(rejected);
    const accepted = { ...row, validation_status: 'VALID' };
    expect(await metadata.recordVerdict(file_id, { status: 'VALID' })).toEqual(accepted);
    expect(await metadata.recordVerdict(file_id, { status: 'VALID' })).toEqual(accepted);
    expect(await metadata.get(file_id)).toEqual(accepted);
  });

  declare('has no verdict before the bytes are stored, nor after it was hidden', async () => {
    const { metadata } = given;
    const [claimed, hidden] = [newRow(), newRow()];
    await metadata.claim(pending(claimed, inSeconds(60)));
    await metadata.recordStored(hidden);
    await metadata.hide(hidden.file_id);
    for (const fileId of [claimed.file_id, hidden.file_id, randomUUID()]) {
      expect(await metadata.recordVerdict(fileId, { status: 'VALID' })).toBeUndefined();
    }
    expect(await metadata.get(hidden.file_id)).toBeUndefined();
  });

  declare('is hidden at once, and still says which object has to go', async () => {
    const { metadata } = given;
    const row = newRow();
    await metadata.recordStored(row);
    for (let time = 0; time < 2; time++) {
      expect(await metadata.hide(row.file_id)).toMatchObject(row);
      expect(await metadata.get(row.file_id)).toBeUndefined();
    }
    expect(await metadata.recordStored(row)).toBeUndefined();
    await metadata.remove(row.file_id);
    await metadata.remove(row.file_id);
    expect(await metadata.hide(row.file_id)).toBeUndefined();
  });

  declare('is listed newest first', async () => {
    const owner = randomUUID();
    const rows = [3, 1, 2].map((day) =>
      newRow({ owner, upload_time: `2026-11-0${day}T00:00:00Z` }),
    );
    await record(owner, rows);
    const { files, next_cursor } = await given.metadata.list(owner, { limit: 10 });
    expect(files).toEqual([rows[0], rows[2], rows[1]]);
    expect(next_cursor).toBeUndefined();
  });

  declare('is listed page by page without gaps or doubles, also at the same instant', async () => {
    const { metadata } = given;
    const owner = randomUUID();
    const rows = Array.from({ length: 23 }, (_, index) =>
      newRow({ owner, upload_time: `2026-11-23T10:20:${10 + Math.floor(index / 5)}Z` }),
    );
    await record(owner, rows);
    const { files, sizes } = await pagesOf(metadata, owner, { limit: 4 });
    expect(files.map(({ file_id }) => file_id).sort()).toEqual(
      rows.map(({ file_id }) => file_id).sort(),
    );
    const times = files.map(({ upload_time }) => upload_time);
    expect(times).toEqual([...times].sort().reverse());
    expect(sizes.slice(0, 6)).toEqual([4, 4, 4, 4, 4, 3]);
  });

  declare('is listed on although the file that a page ended with is gone', async () => {
    const { metadata } = given;
    const owner = randomUUID();
    const rows = [1, 2, 3].map((day) =>
      newRow({ owner, upload_time: `2026-11-0${day}T00:00:00Z` }),
    );
    await record(owner, rows);
    const first = await metadata.list(owner, { limit: 1 });
    expect(first.files).toEqual([rows[2]]);
    await metadata.remove(rows[2]!.file_id);
    const second = await metadata.list(owner, { limit: 2, cursor: first.next_cursor });
    expect(second.files).toEqual([rows[1], rows[0]]);
  });

  declare('is listed by status, and without PENDING rows when none is named', async () => {
    const { metadata } = given;
    const owner = randomUUID();
    const statuses = ['PENDING', 'UPLOADED', 'VALID', 'INVALID'] as const;
    const rows = statuses.flatMap((validation_status) =>
      Array.from({ length: 3 }, () => newRow({ owner, validation_status })),
    );
    await record(owner, rows);
    const ids = (files: readonly FileRow[]) => files.map(({ file_id }) => file_id).sort();
    for (const status of statuses) {
      const { files } = await pagesOf(metadata, owner, { limit: 2, status });
      expect(ids(files)).toEqual(
        ids(rows.filter(({ validation_status }) => validation_status === status)),
      );
    }
    const { files } = await pagesOf(metadata, owner, { limit: 2 });
    expect(ids(files)).toEqual(
      ids(rows.filter(({ validation_status }) => validation_status !== 'PENDING')),
    );
  });

  declare('is found on one page behind many that are filtered out', async () => {
    const owner = randomUUID();
    const rows = Array.from({ length: 20 }, (_, index) =>
      newRow({
        owner,
        upload_time: `2026-11-23T10:20:${59 - index}Z`,
        validation_status: index < 15 ? 'VALID' : 'INVALID',
      }),
    );
    await record(owner, rows);
    const { files } = await given.metadata.list(owner, { limit: 5, status: 'INVALID' });
    expect(files).toEqual(rows.slice(15));
  });

  declare('is listed for its owner alone, whoever made the cursor', async () => {
    const { metadata } = given;
    const [ada, eve] = [randomUUID(), randomUUID()];
    const rows = [1, 2].map((day) =>
      newRow({ owner: ada, upload_time: `2026-11-0${day}T00:00:00Z` }),
    );
    await record(ada, rows);
    const hers = await metadata.list(ada, { limit: 1 });
    expect(hers.files).toEqual([rows[1]]);
    expect(await metadata.list(eve, { limit: 10, cursor: hers.next_cursor })).toEqual({
      files: [],
      next_cursor: undefined,
    });
  });

  declare('is not listed once it expired or was hidden', async () => {
    const { metadata } = given;
    const owner = randomUUID();
    const [hidden, shown] = [newRow({ owner }), newRow({ owner })];
    await record(owner, [hidden, shown]);
    await metadata.claim(pending(newRow({ owner }), inSeconds(-1)));
    await metadata.hide(hidden.file_id);
    let files: FileRow[];
    do ({ files } = await metadata.list(owner, { limit: 10 }));
    while (files.length > 1); // The index follows the table.
    expect(files).toEqual([shown]);
    expect(await metadata.list(owner, { limit: 10, status: 'PENDING' })).toMatchObject({
      files: [],
    });
  });

  declare('keeps what it has when its table is made again', async () => {
    const { clients, table, metadata } = given;
    const { dynamodb } = clients;
    const row = newRow();
    await metadata.recordStored(row);
    await ensureMetadataTable(dynamodb, table);
    expect(await metadata.get(row.file_id)).toEqual(row);
  });

  declare('is in a table that answers a ping, and in no other', async () => {
    const { clients, metadata } = given;
    await metadata.ping();
    const { dynamodb } = clients;
    const elsewhere = createMetadataStore({ dynamodb, table: `no-${randomUUID()}` });
    const code = 'STORE_REFUSED';
    await expect(elsewhere.ping()).rejects.toMatchObject({ code });
    await expect(elsewhere.recordStored(newRow())).rejects.toMatchObject({ code });
  });
}
