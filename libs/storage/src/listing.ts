import {
  QueryCommand,
  type DynamoDBDocumentClient,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { METADATA_TABLE, type ValidationStatus } from '@file-upload/shared-types';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { translated } from './errors.ts';
import type { FileRow } from './file-row.ts';

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

/** A query reads at most this many pages of the index to fill one page of a filtered listing. */
const MAX_INDEX_PAGES = 10;

/** Makes the `list` of the metadata store. */
export function createListing({
  dynamodb,
  table,
  nowInSeconds,
}: {
  dynamodb: DynamoDBDocumentClient;
  table: string;
  nowInSeconds: () => number;
}) {
  /**
   * An owner's files, newest first. The index follows the table by some milliseconds.
   *
   * @throws INVALID_CURSOR
   */
  return async function list(
    owner: string,
    { limit, cursor, status }: ListOptions,
  ): Promise<FilePage> {
    const { name, partitionKey, sortKey } = METADATA_TABLE.ownerIndex;
    const query: QueryCommandInput = {
      TableName: table,
      IndexName: name,
      KeyConditionExpression: '#owner = :owner',
      FilterExpression:
        (status ? '#status = :status' : '#status <> :status') +
        ' AND attribute_exists(file_size) AND attribute_not_exists(deleting)' +
        ' AND (attribute_not_exists(expires_at) OR expires_at > :now)',
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
  };
}
