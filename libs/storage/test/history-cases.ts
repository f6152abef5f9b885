import { LIMITS } from '@file-upload/shared-types';
import { createMetadataStore, type MetadataStore, type Verdict } from '../src/index.ts';
import { happened, inSeconds, newRow, pending, recorded } from './samples.ts';
import type { Case, Given } from './store-under-test.ts';

const VALID: Verdict = { status: 'VALID' };
const FAULT = { code: 'StoreUnavailable', message: 'The store did not answer.' };
const UPLOADED = { event: 'file_uploaded', event_id: 'the first' } as const;
const REJECTED = { event: 'file_rejected', event_id: 'the second' } as const;

function invalid(code: 'SIZE_MISMATCH' | 'CHECKSUM_MISMATCH') {
  return { status: 'INVALID', error: { code, message: `For its ${code}.` } } as const;
}

/** Everything that may be recorded of a file that is stored. */
const RECORDS: ((metadata: MetadataStore, fileId: string) => Promise<unknown>)[] = [
  (metadata, fileId) => metadata.recordVerdict(fileId, VALID),
  (metadata, fileId) => metadata.recordVerdict(fileId, invalid('SIZE_MISMATCH')),
  (metadata, fileId) => metadata.recordPublished(fileId, true),
  (metadata, fileId) => metadata.recordPublished(fileId, false),
  (metadata, fileId) => metadata.recordNotified(fileId, UPLOADED),
  (metadata, fileId) => metadata.recordFailure(fileId, FAULT),
];

export function historyCases(given: Given, declare: Case): void {
  /** Records a file whose bytes are stored. */
  async function store() {
    const row = newRow();
    await given.metadata.recordStored(row);
    return row;
  }

  declare('tells what happened, when, why and at which try, oldest first', async () => {
    const { clients, table } = given;
    let now = Date.parse('2026-11-23T10:20:30.000Z');
    const { dynamodb } = clients;
    const metadata = createMetadataStore({ dynamodb, table, now: () => now++ });
    const row = newRow();
    const { file_id } = row;
    await metadata.recordStored(row);
    await metadata.recordVerdict(file_id, VALID, 2);
    await metadata.recordFailure(file_id, FAULT);
    await metadata.recordNotified(file_id, UPLOADED, 1);
    const rejection = invalid('CHECKSUM_MISMATCH');
    await metadata.recordVerdict(file_id, rejection);
    await metadata.recordNotified(file_id, REJECTED);
    expect(await metadata.get(file_id)).toEqual({
      ...row,
      validation_status: 'INVALID',
      validation_error: rejection.error,
      announced: 'file_rejected',
      history: [
        { event: 'received', time: '2026-11-23T10:20:30.000Z' },
        { event: 'validated', time: '2026-11-23T10:20:30.001Z', retries: 2 },
        { event: 'failed', time: '2026-11-23T10:20:30.002Z', ...FAULT },
        {
          event: 'notified',
          time: '2026-11-23T10:20:30.003Z',
          message: 'file_uploaded',
          event_id: 'the first',
          retries: 1,
        },
        { event: 'rejected', time: '2026-11-23T10:20:30.004Z', ...rejection.error },
        {
          event: 'notified',
          time: '2026-11-23T10:20:30.005Z',
          message: 'file_rejected',
          event_id: 'the second',
        },
      ],
    });
  });

  declare('has every other verdict, and the row has the last', async () => {
    const { metadata } = given;
    const row = await store();
    const history = [happened('received')];
    for (const verdict of [
      invalid('SIZE_MISMATCH'),
      VALID,
      invalid('SIZE_MISMATCH'),
      invalid('CHECKSUM_MISMATCH'),
    ]) {
      const { status } = verdict;
      const error = status === 'INVALID' ? verdict.error : undefined;
      history.push(error ? happened('rejected', error) : happened('validated'));
      const stands = await metadata.recordVerdict(row.file_id, verdict);
      expect(stands).toEqual({
        ...row,
        validation_status: status,
        ...(error && { validation_error: error }),
        history,
      });
      // The same one again changes nothing.
      expect(await metadata.recordVerdict(row.file_id, verdict, 3)).toEqual(stands);
      expect(await metadata.get(row.file_id)).toEqual(stands);
    }
  });

  declare('has one verdict when many find the same at the same time', async () => {
    const { metadata } = given;
    const { file_id } = await store();
    await Promise.all(Array.from({ length: 10 }, () => metadata.recordVerdict(file_id, VALID)));
    expect(await metadata.get(file_id)).toMatchObject({
      history: [happened('received'), happened('validated')],
    });
  });

  declare('goes with what the bytes of a VALID file show, and only of that', async () => {
    const { metadata } = given;
    const row = await store();
    const found = {
      detected_type: 'image/png',
      image: { width: 640, height: 480 },
      checksum: { algorithm: 'SHA256', value: 'FeKw08M4keuwcFe6FZ1BQqfz8ks+XHvJTQpc' },
    } as const;
    const { file_id } = row;
    expect(await metadata.recordVerdict(file_id, { status: 'VALID', ...found })).toMatchObject(
      found,
    );
    const rejected = await metadata.recordVerdict(file_id, invalid('SIZE_MISMATCH'));
    expect(rejected).toMatchObject({ checksum: found.checksum });
    expect(rejected).not.toHaveProperty('detected_type');
    expect(rejected).not.toHaveProperty('image');
  });

  declare('does not tell who may read the object, the row does', async () => {
    const { metadata } = given;
    const row = await store();
    for (let time = 0; time < 2; time++) {
      await metadata.recordPublished(row.file_id, true);
      expect(await metadata.get(row.file_id)).toEqual({ ...recorded(row), published: true });
    }
    for (let time = 0; time < 2; time++) {
      await metadata.recordPublished(row.file_id, false);
      expect(await metadata.get(row.file_id)).toEqual(recorded(row));
    }
  });

  declare('has an announcement once, and a failure is over with it, also a late one', async () => {
    const { metadata } = given;
    const row = await store();
    const { file_id } = row;
    await metadata.recordFailure(file_id, FAULT);
    expect(await metadata.get(file_id)).toMatchObject({ processing_error: FAULT });
    const { event: message, event_id } = UPLOADED;
    const history = [
      happened('received'),
      happened('failed', FAULT),
      happened('notified', { message, event_id }),
    ];
    for (let time = 0; time < 2; time++) {
      await metadata.recordNotified(file_id, UPLOADED);
      expect(await metadata.get(file_id)).toEqual({ ...row, announced: 'file_uploaded', history });
      await metadata.recordFailure(file_id, FAULT);
    }
    expect(await metadata.get(file_id)).toEqual({ ...row, announced: 'file_uploaded', history });
  });

  declare('has no more failures once it is long, but the row has the last', async () => {
    const { metadata } = given;
    const { file_id } = await store();
    for (let failure = 1; failure < LIMITS.historyLength; failure++) {
      await metadata.recordFailure(file_id, FAULT);
    }
    const full = await metadata.get(file_id);
    expect(full?.history).toHaveLength(LIMITS.historyLength);
    const last = { code: 'Other', message: 'Another one.' };
    await metadata.recordFailure(file_id, last);
    expect(await metadata.get(file_id)).toEqual({ ...full, processing_error: last });
    const row = await metadata.recordVerdict(file_id, VALID);
    expect(row?.history?.at(-1)).toEqual(happened('validated'));
  });

  declare('is of a file whose bytes are stored, and of no other', async () => {
    const { metadata } = given;
    const [claimed, hidden, missing] = [newRow(), newRow(), newRow()];
    const claim = pending(claimed, inSeconds(60));
    await metadata.claim(claim);
    await metadata.recordStored(hidden);
    await metadata.hide(hidden.file_id);
    for (const record of RECORDS) {
      for (const { file_id } of [claimed, hidden, missing]) {
        expect(await record(metadata, file_id)).toBeUndefined();
      }
    }
    expect(await metadata.get(claimed.file_id)).toEqual(claim);
    expect(await metadata.hide(hidden.file_id)).toEqual({ ...recorded(hidden), deleting: true });
    expect(await metadata.hide(missing.file_id)).toBeUndefined();
  });
}
