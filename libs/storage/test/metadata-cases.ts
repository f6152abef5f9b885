import { randomUUID } from 'node:crypto';
import { LIMITS } from '@file-upload/shared-types';
import { createMetadataStore, ensureMetadataTable, type FileRow } from '../src/index.ts';
import { inSeconds, newRow, pending, recorded } from './samples.ts';
import type { Case, Given } from './store-under-test.ts';

export function metadataCases(given: Given, declare: Case): void {
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

  declare('is neither claimed nor recorded while its deletion is under way', async () => {
    const { metadata } = given;
    const [stored, claimed, expired] = [newRow(), newRow(), newRow()];
    await metadata.recordStored(stored);
    await metadata.claim(pending(claimed, inSeconds(60)));
    await metadata.claim(pending(expired, inSeconds(-1)));
    for (const row of [stored, claimed, expired]) {
      await metadata.hide(row.file_id);
      const claim = pending(row, inSeconds(60));
      await expect(metadata.claim(claim)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await metadata.recordStored(row)).toBeUndefined();
      expect(await metadata.get(row.file_id)).toBeUndefined();
      await metadata.remove(row.file_id);
      expect(await metadata.claim(claim)).toEqual(claim);
    }
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

  declare('is claimed although the claim before expires only after it was in the way', async () => {
    const { clients, table } = given;
    const clock = [999_999, 1_000_000];
    const now = () => clock.shift() ?? 1_000_000;
    const metadata = createMetadataStore({ dynamodb: clients.dynamodb, table, now });
    const first = pending(newRow(), 1_000);
    await given.metadata.claim(first);
    const second = pending({ ...first, file_name: 'second' }, 2_000);
    expect(await metadata.claim(second)).toEqual(second);
    expect(await metadata.get(first.file_id)).toEqual(second);
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
    const stands = await metadata.recordStored(row);
    expect(stands).toEqual(recorded(row));
    expect(await metadata.get(row.file_id)).toEqual(stands);
  });

  declare('finishes the claim, also one that expired while the bytes arrived', async () => {
    const { metadata } = given;
    for (const expires_at of [inSeconds(60), inSeconds(-60)]) {
      const row = newRow();
      await metadata.claim(pending(row, expires_at));
      expect(await metadata.recordStored(row)).toEqual(recorded(row));
      expect(await metadata.get(row.file_id)).toEqual(recorded(row));
    }
  });

  declare('is finished only where its claim still is', async () => {
    const { metadata } = given;
    const row = newRow();
    expect(await metadata.finishClaim(row)).toBeUndefined();
    expect(await metadata.get(row.file_id)).toBeUndefined();
    const claim = pending(row, inSeconds(60));
    await metadata.claim(claim);
    expect(await metadata.finishClaim({ ...row, s3_key: 'elsewhere' })).toEqual(claim);
    expect(await metadata.finishClaim(row)).toEqual(recorded(row));
    expect(await metadata.finishClaim({ ...row, file_name: 'second' })).toEqual(recorded(row));
    const hidden = newRow();
    await metadata.claim(pending(hidden, inSeconds(60)));
    await metadata.hide(hidden.file_id);
    expect(await metadata.finishClaim(hidden)).toBeUndefined();
  });

  declare('is not recorded over what was recorded first', async () => {
    const { metadata } = given;
    const row = newRow();
    await metadata.recordStored(row);
    const stands = await metadata.recordVerdict(row.file_id, { status: 'VALID' });
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

  declare('is hidden at once, and still says which object has to go', async () => {
    const { metadata } = given;
    const row = newRow();
    await metadata.recordStored(row);
    for (let time = 0; time < 2; time++) {
      expect(await metadata.hide(row.file_id)).toEqual({ ...recorded(row), deleting: true });
      expect(await metadata.get(row.file_id)).toBeUndefined();
    }
    await metadata.remove(row.file_id);
    await metadata.remove(row.file_id);
    expect(await metadata.hide(row.file_id)).toBeUndefined();
  });

  declare('is hidden as an upload only while it is one that is not finished', async () => {
    const { metadata } = given;
    const upload = { type: 'single' } as const;
    const [open, over] = [inSeconds(60), inSeconds(-1)].map((end) => ({
      ...pending(newRow(), end),
      upload,
    })) as [FileRow, FileRow];
    for (const row of [open, over]) {
      await metadata.claim(row);
      const { expires_at: _, ...hidden } = row;
      for (let time = 0; time < 2; time++) {
        expect(await metadata.hideUpload(row.file_id)).toEqual({ ...hidden, deleting: true });
      }
    }
    const reserved = pending(newRow(), inSeconds(60));
    await metadata.claim(reserved);
    const finished = { ...newRow(), upload };
    await metadata.recordStored(finished);
    for (const row of [reserved, finished]) {
      expect(await metadata.hideUpload(row.file_id)).toBeUndefined();
      expect(await metadata.get(row.file_id)).toMatchObject(row);
    }
  });

  declare("is buried for a while, in which its id is nobody's, and is then free", async () => {
    const { clients, table } = given;
    const { dynamodb } = clients;
    let now = Date.now();
    const metadata = createMetadataStore({ dynamodb, table, now: () => now });
    const row = newRow();
    const { file_id, s3_key } = row;
    await metadata.recordStored(row);
    await metadata.bury(file_id);
    expect(await metadata.isBuried(file_id, s3_key)).toBe(false);
    expect(await metadata.getHidden(file_id)).toBeUndefined();
    await metadata.hide(file_id);
    expect(await metadata.getHidden(file_id)).toMatchObject({ ...row, deleting: true });
    expect(await metadata.isBuried(file_id, s3_key)).toBe(false);
    await metadata.bury(file_id);
    expect(await metadata.isBuried(file_id, s3_key)).toBe(true);
    expect(await metadata.isBuried(file_id, 'another')).toBe(false);
    expect(await metadata.get(file_id)).toBeUndefined();
    expect(await metadata.hide(file_id)).toBeUndefined();
    expect(await metadata.recordStored(row)).toBeUndefined();
    const claim = pending(row, inSeconds(2 * LIMITS.buriedSeconds));
    await expect(metadata.claim(claim)).rejects.toMatchObject({ code: 'CONFLICT' });
    await metadata.removeExpired(file_id);
    expect(await metadata.isBuried(file_id, s3_key)).toBe(true);

    now += LIMITS.buriedSeconds * 1000;
    expect(await metadata.claim(claim)).toEqual(claim);
    await metadata.removeExpired(file_id);
    expect(await metadata.get(file_id)).toEqual(claim);
    now += LIMITS.buriedSeconds * 1000;
    await metadata.removeExpired(file_id);
    expect(await metadata.claim(claim)).toEqual(claim);
  });

  declare('keeps what it has when its table is made again', async () => {
    const { clients, table, metadata } = given;
    const { dynamodb } = clients;
    const row = newRow();
    await metadata.recordStored(row);
    await ensureMetadataTable(dynamodb, table);
    expect(await metadata.get(row.file_id)).toEqual(recorded(row));
  });

  declare('is read row by row, over several pages, also what counts as gone', async () => {
    const { metadata } = given;
    // DynamoDB ends a page at 1 MB.
    const rows = Array.from({ length: 6 }, () => newRow());
    const message = 'x'.repeat(100_000);
    await Promise.all(
      rows.map(async (row) => {
        await metadata.recordStored(row);
        await metadata.recordFailure(row.file_id, { code: 'Long', message });
      }),
    );
    const [hidden, expired] = [newRow(), pending(newRow(), inSeconds(-1))];
    await metadata.recordStored(hidden);
    await metadata.hide(hidden.file_id);
    await metadata.claim(expired);
    const found = await Array.fromAsync(metadata.scan());
    const ids = found.map(({ file_id }) => file_id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(rows.map(({ file_id }) => file_id)));
    const foundAs = ({ file_id }: FileRow) => found.find((row) => row.file_id === file_id);
    expect(foundAs(hidden)).toEqual({ ...recorded(hidden), deleting: true });
    expect(foundAs(expired)).toEqual(expired);
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
