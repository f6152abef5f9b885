import { randomUUID } from 'node:crypto';
import type { FileRow, ListOptions, MetadataStore } from '../src/index.ts';
import { inSeconds, newRow, pending } from './samples.ts';
import type { Case, Given } from './store-under-test.ts';

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

export function listingCases(given: Given, declare: Case): void {
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

  declare('shows the newest first', async () => {
    const owner = randomUUID();
    const rows = [3, 1, 2].map((day) =>
      newRow({ owner, upload_time: `2026-11-0${day}T00:00:00Z` }),
    );
    await record(owner, rows);
    const { files, next_cursor } = await given.metadata.list(owner, { limit: 10 });
    expect(files).toEqual([rows[0], rows[2], rows[1]]);
    expect(next_cursor).toBeUndefined();
  });

  declare('comes page by page without gaps or doubles, also at the same instant', async () => {
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

  declare('goes on although the file that a page ended with is gone', async () => {
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

  declare('shows one status, or everything but PENDING rows', async () => {
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

  declare('fills a page although many rows before are filtered out', async () => {
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

  declare("shows an owner's files alone, whoever made the cursor", async () => {
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

  declare('shows no claim whose size is not known yet', async () => {
    const { metadata } = given;
    const owner = randomUUID();
    const [known, unknown] = [newRow({ owner }), newRow({ owner })].map((row) =>
      pending(row, inSeconds(60)),
    ) as [FileRow, FileRow];
    await metadata.claim({ ...unknown, file_size: undefined });
    await record(owner, [known]);
    expect(await metadata.list(owner, { limit: 10, status: 'PENDING' })).toMatchObject({
      files: [known],
    });
  });

  declare('shows nothing that expired or was hidden', async () => {
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

  declare('does not take a cursor that nobody gave', async () => {
    const { metadata } = given;
    const owner = randomUUID();
    await record(owner, [newRow({ owner }), newRow({ owner })]);
    const { next_cursor: cursor = '' } = await metadata.list(owner, { limit: 1 });
    for (const forged of ['', 'x', `${cursor}x`, cursor.slice(1), cursor.toLowerCase()]) {
      await expect(metadata.list(owner, { limit: 1, cursor: forged })).rejects.toMatchObject({
        code: 'INVALID_CURSOR',
      });
    }
  });
}
