import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import {
  AppError,
  METADATA_TABLE,
  type Checksum,
  type ValidationError,
  type ValidationStatus,
  type Visibility,
} from '@file-upload/shared-types';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { translate, translated } from './errors.ts';

/** The row of a file. A PENDING one may not know its size and checksum yet. */
export interface FileRow {
  file_id: string;
  file_name: string;
  content_type: string;
  /** Bytes. */
  file_size?: number | undefined;
  s3_key: string;
  /** RFC 3339, UTC. */
  upload_time: string;
  validation_status: ValidationStatus;
  validation_error?: ValidationError | undefined;
  checksum?: Checksum | undefined;
  visibility: Visibility;
  owner: string;
  /** Seconds since 1970; from then on the row counts as gone. Only PENDING rows have it. */
  expires_at?: number | undefined;
}

/** A row whose bytes are durable. */
export type StoredFileRow = FileRow & { file_size: number; checksum: Checksum };

export interface ListOptions {
  /** Rows in a page, 1 or more. */
  limit: number;
  cursor?: string | undefined;
  /** Without it, everything but PENDING rows. */
  status?: ValidationStatus | undefined;
}

/** A page may hold fewer files than its limit, or none, while others follow. */
export interface FilePage {
  files: FileRow[];
  next_cursor: string | undefined;
}

export type MetadataStore = ReturnType<typeof createMetadataStore>;

/** A query reads at most this many pages of the index to fill one page of a filtered listing. */
const MAX_INDEX_PAGES = 10;

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
  const isGone = (row: FileRow) => row.expires_at !== undefined && row.expires_at <= nowInSeconds();

  async function read(fileId: string): Promise<FileRow | undefined> {
    const { Item } = await translated(
      dynamodb.send(new GetCommand({ ...key(fileId), ConsistentRead: true })),
    );
    return Item as FileRow | undefined;
  }

  /** The row of a file, read consistently; undefined when there is none or it expired. */
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
    if (holder && holder.validation_status !== 'PENDING') {
      throw new AppError('CONFLICT', 'The file is being deleted. Delete it again, then create it.');
    }
    // The row that was there has expired or been removed since: the id is free again.
    return await claim(row);
  }

  return {
    get,
    claim,

    /**
     * Records a file whose bytes are durable: makes its row, or finishes the PENDING one that
     * reserved its id.
     *
     * @returns the row that stands: `row`, or the one that somebody else finished before
     */
    async recordStored(row: StoredFileRow): Promise<FileRow | undefined> {
      const recorded = await conditional(
        dynamodb.send(
          new PutCommand({
            TableName: table,
            Item: row,
            ConditionExpression:
              'attribute_not_exists(file_id) OR (validation_status = :pending AND s3_key = :key)',
            ExpressionAttributeValues: { ':pending': 'PENDING', ':key': row.s3_key },
          }),
        ),
      );
      return recorded ? row : await get(row.file_id);
    },

    /**
     * Records a verdict on a file, unless its row is gone.
     *
     * @returns the row with the verdict; undefined when there is none
     */
    async recordVerdict(
      fileId: string,
      verdict: { status: 'VALID' } | { status: 'INVALID'; error: ValidationError },
    ): Promise<FileRow | undefined> {
      const error = verdict.status === 'INVALID' ? verdict.error : undefined;
      const updated = await conditional(
        dynamodb.send(
          new UpdateCommand({
            ...key(fileId),
            UpdateExpression: error
              ? 'SET validation_status = :status, validation_error = :error'
              : 'SET validation_status = :status REMOVE validation_error',
            ConditionExpression: 'attribute_exists(file_id) AND attribute_not_exists(expires_at)',
            ExpressionAttributeValues: {
              ':status': verdict.status,
              ...(error && { ':error': error }),
            },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return updated ? (updated.Attributes as FileRow) : undefined;
    },

    /**
     * The first half of a deletion: from now on the row counts as gone, though it is still there
     * to say which object has to go with it.
     *
     * @returns the row, also one that was hidden before; undefined when there is none
     */
    async hide(fileId: string): Promise<FileRow | undefined> {
      const updated = await conditional(
        dynamodb.send(
          new UpdateCommand({
            ...key(fileId),
            UpdateExpression: 'SET expires_at = :now',
            ConditionExpression: 'attribute_exists(file_id)',
            ExpressionAttributeValues: { ':now': nowInSeconds() },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return updated ? (updated.Attributes as FileRow) : undefined;
    },

    /** Deletes a row; doing it twice is the same as doing it once. */
    async remove(fileId: string): Promise<void> {
      await translated(dynamodb.send(new DeleteCommand(key(fileId))));
    },

    /**
     * An owner's files, newest first. The index follows the table by some milliseconds.
     *
     * @throws INVALID_CURSOR
     */
    async list(owner: string, { limit, cursor, status }: ListOptions): Promise<FilePage> {
      const { name, partitionKey, sortKey } = METADATA_TABLE.ownerIndex;
      const query: QueryCommandInput = {
        TableName: table,
        IndexName: name,
        KeyConditionExpression: '#owner = :owner',
        FilterExpression:
          (status ? '#status = :status' : '#status <> :status') +
          ' AND attribute_exists(file_size) AND (attribute_not_exists(expires_at) OR expires_at > :now)',
        ExpressionAttributeNames: { '#owner': partitionKey, '#status': 'validation_status' },
        ExpressionAttributeValues: {
          ':owner': owner,
          ':status': status ?? 'PENDING',
          ':now': nowInSeconds(),
        },
        ScanIndexForward: false,
      };
      const files: FileRow[] = [];
      let start = cursor === undefined ? undefined : { owner, ...decodeCursor(cursor) };
      for (let page = 0; page < MAX_INDEX_PAGES; page++) {
        const { Items = [], LastEvaluatedKey } = await translated(
          dynamodb.send(
            new QueryCommand({ ...query, ExclusiveStartKey: start, Limit: limit - files.length }),
          ),
        );
        files.push(...(Items as FileRow[]));
        start = LastEvaluatedKey as typeof start;
        if (!start || files.length >= limit) break;
      }
      return {
        files,
        next_cursor: start && encodeCursor({ file_id: start.file_id, upload_time: start[sortKey] }),
      };
    },

    /** Resolves when the table is there and answers. */
    async ping(): Promise<void> {
      await get('00000000-0000-0000-0000-000000000000');
    },
  };
}

/** The answer to a conditional write; undefined when its condition did not hold. */
async function conditional<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException') return undefined;
    throw translate(error);
  }
}
