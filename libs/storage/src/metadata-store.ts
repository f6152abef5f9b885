import {
  GetCommand,
  paginateScan,
  PutCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import {
  AppError,
  LIMITS,
  METADATA_TABLE,
  type FileEventName,
  type HistoryEntry,
  type ProcessingError,
} from '@file-upload/shared-types';
import { conditional } from './conditional.ts';
import { createDeletion } from './deletion.ts';
import { translated } from './errors.ts';
import type { FileRow, StoredFileRow, Verdict } from './file-row.ts';
import { createListing } from './listing.ts';

export type MetadataStore = ReturnType<typeof createMetadataStore>;

/** Whether a write finds the PENDING row of the same object. */
const IS_CLAIMED =
  'validation_status = :pending AND s3_key = :key AND attribute_not_exists(deleting)';
/** Whether an update finds the row of a file whose bytes are durable and stay. */
const IS_STORED =
  'attribute_exists(file_id) AND attribute_not_exists(expires_at) AND attribute_not_exists(deleting)';

/**
 * The index of the bucket: one row a file. Every write is a conditional write of one item. Every
 * method throws `STORE_UNAVAILABLE` for faults that pass and `STORE_REFUSED` for those that do not.
 *
 * @param now milliseconds since 1970
 */
export function createMetadataStore({
  dynamodb,
  table,
  now = Date.now,
}: {
  dynamodb: DynamoDBDocumentClient;
  table: string;
  now?: () => number;
}) {
  const key = (fileId: string) => ({
    TableName: table,
    Key: { [METADATA_TABLE.partitionKey]: fileId },
  });
  const nowInSeconds = () => Math.floor(now() / 1000);
  const isGone = (row: FileRow) =>
    row.deleting === true || (row.expires_at !== undefined && row.expires_at <= nowInSeconds());
  const entry = (what: Omit<HistoryEntry, 'time' | 'retries'>, retries = 0): HistoryEntry => ({
    time: new Date(now()).toISOString(),
    ...what,
    ...(retries > 0 && { retries }),
  });

  async function read(fileId: string): Promise<FileRow | undefined> {
    const { Item } = await translated(
      dynamodb.send(new GetCommand({ ...key(fileId), ConsistentRead: true })),
    );
    return Item as FileRow | undefined;
  }

  /** The row of a file, read consistently; undefined when there is none or it counts as gone. */
  async function get(fileId: string): Promise<FileRow | undefined> {
    const row = await read(fileId);
    return row && !isGone(row) ? row : undefined;
  }

  /**
   * Reserves a file's id for `row` before its bytes arrive.
   *
   * @returns the row that holds the id: `row` itself, or the one that was there before
   * @throws CONFLICT while a file with this id is being deleted: its object may still be there
   */
  async function claim(row: FileRow): Promise<FileRow> {
    const claimed = await conditional(
      dynamodb.send(
        new PutCommand({
          TableName: table,
          Item: row,
          ConditionExpression:
            'attribute_not_exists(file_id) OR (expires_at <= :now AND validation_status = :pending)',
          ExpressionAttributeValues: { ':now': nowInSeconds(), ':pending': 'PENDING' },
        }),
      ),
    );
    if (claimed) return row;
    const holder = await read(row.file_id);
    if (holder && !isGone(holder)) return holder;
    if (holder && (holder.deleting || holder.validation_status !== 'PENDING')) {
      throw new AppError(
        'CONFLICT',
        holder.expires_at === undefined
          ? 'The file is being deleted. Delete it again, then create it.'
          : 'The file was deleted a short while ago. Create it with another Idempotency-Key.',
      );
    }
    // The row that was there has expired or been removed since: the id is free again.
    return await claim(row);
  }

  /** @returns the row that stands; undefined where there is none, or it counts as gone */
  async function record(row: StoredFileRow, condition: string): Promise<FileRow | undefined> {
    const recorded: FileRow = { ...row, history: [entry({ event: 'received' })] };
    const written = await conditional(
      dynamodb.send(
        new PutCommand({
          TableName: table,
          Item: recorded,
          ConditionExpression: condition,
          ExpressionAttributeValues: { ':pending': 'PENDING', ':key': row.s3_key },
        }),
      ),
    );
    return written ? recorded : await get(row.file_id);
  }

  /**
   * Changes the row of a file that is there and neither PENDING nor being deleted.
   *
   * @param condition may use the values of `change.set` by their names
   * @returns the changed row; undefined when there is none, or `condition` does not hold
   */
  async function update(
    fileId: string,
    change: { set?: Partial<FileRow>; remove?: (keyof FileRow)[]; append?: HistoryEntry },
    condition?: string,
    conditionValues?: Record<string, unknown>,
  ): Promise<FileRow | undefined> {
    const { set = {}, remove = [], append } = change;
    const given = Object.entries(set).filter(([, value]) => value !== undefined);
    const assignments = given.map(([name]) => `${name} = :${name}`);
    if (append) assignments.push('history = list_append(if_not_exists(history, :none), :entry)');
    const values = {
      ...Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
      ...(append && { ':none': [], ':entry': [append] }),
      ...conditionValues,
    };
    const updated = await conditional(
      dynamodb.send(
        new UpdateCommand({
          ...key(fileId),
          UpdateExpression: [
            ...(assignments.length > 0 ? [`SET ${assignments.join(', ')}`] : []),
            ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
          ].join(' '),
          ConditionExpression: condition ? `${IS_STORED} AND (${condition})` : IS_STORED,
          // DynamoDB refuses an empty map.
          ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
          ReturnValues: 'ALL_NEW',
        }),
      ),
    );
    return updated?.Attributes as FileRow | undefined;
  }

  return {
    get,
    claim,
    list: createListing({ dynamodb, table, nowInSeconds }),
    ...createDeletion({ dynamodb, key, read, nowInSeconds }),

    /**
     * Records a file whose bytes are durable: makes its row, or finishes the PENDING one that
     * reserved its id. Its history begins.
     *
     * @returns the row that stands: this one, or the one that somebody else finished before;
     *   undefined when that is being deleted
     */
    recordStored: (row: StoredFileRow): Promise<FileRow | undefined> =>
      record(row, `attribute_not_exists(file_id) OR (${IS_CLAIMED})`),

    /**
     * The same, where a PENDING row was seen before: should it be gone, its file may have been
     * deleted since, and is not made again.
     */
    finishClaim: (row: StoredFileRow): Promise<FileRow | undefined> => record(row, IS_CLAIMED),

    /**
     * Records a verdict on a file, unless its row is gone. The same verdict a second time changes
     * nothing; a rejection for another reason is another verdict.
     *
     * @param retries how often the examination was tried again
     * @returns the row with the verdict; undefined when there is none
     */
    async recordVerdict(
      fileId: string,
      verdict: Verdict,
      retries = 0,
    ): Promise<FileRow | undefined> {
      const isOther = 'validation_status <> :validation_status';
      let updated: FileRow | undefined;
      if (verdict.status === 'VALID') {
        const { status: validation_status, detected_type, image, checksum } = verdict;
        updated = await update(
          fileId,
          {
            set: { validation_status, detected_type, image, checksum },
            remove: ['validation_error'],
            append: entry({ event: 'validated' }, retries),
          },
          isOther,
        );
      } else {
        const { status: validation_status, error } = verdict;
        updated = await update(
          fileId,
          {
            set: { validation_status, validation_error: error },
            remove: ['detected_type', 'image'],
            append: entry({ event: 'rejected', ...error }, retries),
          },
          `${isOther} OR validation_error.code <> :code`,
          { ':code': error.code },
        );
      }
      const row = updated ?? (await get(fileId));
      return row?.validation_status === 'PENDING' ? undefined : row;
    },

    /** Records that anybody, or nobody but the service, may read the object of a file. */
    async recordPublished(fileId: string, published: boolean): Promise<void> {
      await update(fileId, published ? { set: { published } } : { remove: ['published'] });
    },

    /**
     * Records that a file was announced: its workflow has come to its end. The same announcement
     * a second time adds nothing to the history.
     *
     * @param retries how often sending was tried again
     */
    async recordNotified(
      fileId: string,
      notification: { event: FileEventName; event_id: string },
      retries = 0,
    ): Promise<void> {
      const { event: announced, event_id } = notification;
      const change = { set: { announced }, remove: ['processing_error' as const] };
      const append = entry({ event: 'notified', event_id, message: announced }, retries);
      const isOther = 'attribute_not_exists(announced) OR announced <> :announced';
      const updated = await update(fileId, { ...change, append }, isOther);
      if (!updated) await update(fileId, change);
    },

    /**
     * Records that the workflow of a file gave up. It may do so any number of times, and the
     * history gets no more of them once it has {@link LIMITS.historyLength} entries. One that comes
     * when the file has been announced comes late, and is not recorded.
     */
    async recordFailure(fileId: string, error: ProcessingError): Promise<void> {
      const change = { set: { processing_error: error } };
      const append = entry({ event: 'failed', ...error });
      const isOpen = 'attribute_not_exists(announced)';
      const hasRoom = 'attribute_not_exists(history) OR size(history) < :most';
      const most = { ':most': LIMITS.historyLength };
      const updated = await update(
        fileId,
        { ...change, append },
        `${isOpen} AND (${hasRoom})`,
        most,
      );
      if (!updated) await update(fileId, change, isOpen);
    },

    /** Every row, those that count as gone too, in no order, page by page. */
    async *scan(): AsyncGenerator<FileRow> {
      const pages = paginateScan({ client: dynamodb }, { TableName: table, ConsistentRead: true });
      for (;;) {
        const page = await translated(pages.next());
        if (page.done) return;
        yield* (page.value.Items ?? []) as FileRow[];
      }
    },

    /** Resolves when the table is there and answers. */
    async ping(): Promise<void> {
      await get('00000000-0000-0000-0000-000000000000');
    },
  };
}
