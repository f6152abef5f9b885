import { DeleteCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { LIMITS } from '@file-upload/shared-types';
import { conditional } from './conditional.ts';
import { translated } from './errors.ts';
import type { FileRow } from './file-row.ts';

/** Makes what the metadata store has for deletions. */
export function createDeletion({
  dynamodb,
  key,
  read,
  nowInSeconds,
}: {
  dynamodb: DynamoDBDocumentClient;
  key: (fileId: string) => { TableName: string; Key: Record<string, string> };
  /** The row of a file, also one that counts as gone. */
  read: (fileId: string) => Promise<FileRow | undefined>;
  nowInSeconds: () => number;
}) {
  /** @param which condition on the row; a buried one is hidden already, and stays as it is */
  async function hideWhere(
    fileId: string,
    which: string,
    values: Record<string, unknown> = {},
  ): Promise<FileRow | undefined> {
    const updated = await conditional(
      dynamodb.send(
        new UpdateCommand({
          ...key(fileId),
          UpdateExpression: 'SET deleting = :true REMOVE expires_at',
          ConditionExpression: `${which} AND (attribute_not_exists(deleting) OR attribute_not_exists(expires_at))`,
          ExpressionAttributeValues: { ':true': true, ...values },
          ReturnValues: 'ALL_NEW',
        }),
      ),
    );
    return updated?.Attributes as FileRow | undefined;
  }

  return {
    /**
     * The first half of a deletion: from now on the row counts as gone, though it is still there
     * to say which object has to go with it. It does not expire: an object without a row would be
     * taken for a new file.
     *
     * @returns the row, also one that was hidden before; undefined when there is none
     */
    hide: (fileId: string): Promise<FileRow | undefined> =>
      hideWhere(fileId, 'attribute_exists(file_id)'),

    /** The same, of a direct upload that is not finished, expired or not, and of nothing else. */
    hideUpload: (fileId: string): Promise<FileRow | undefined> =>
      hideWhere(fileId, 'validation_status = :pending AND attribute_exists(upload)', {
        ':pending': 'PENDING',
      }),

    /**
     * The last half of the deletion of a file whose bytes somebody may still send: the hidden row
     * stays until that is over, so that what arrives is not taken for a new file.
     */
    async bury(fileId: string): Promise<void> {
      await conditional(
        dynamodb.send(
          new UpdateCommand({
            ...key(fileId),
            UpdateExpression: 'SET expires_at = :until, validation_status = :pending',
            ConditionExpression: 'attribute_exists(deleting)',
            ExpressionAttributeValues: {
              ':until': nowInSeconds() + LIMITS.buriedSeconds,
              // As any row that expires: from then on its id can be claimed.
              ':pending': 'PENDING',
            },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
    },

    /** Whether the object with a key belongs to a file that is buried. */
    async isBuried(fileId: string, s3Key: string): Promise<boolean> {
      const row = await read(fileId);
      return row?.deleting === true && row.expires_at !== undefined && row.s3_key === s3Key;
    },

    /** The row of a file that is being deleted or was buried; undefined where it is neither. */
    async getHidden(fileId: string): Promise<FileRow | undefined> {
      const row = await read(fileId);
      return row?.deleting ? row : undefined;
    },

    /** Deletes a row that has expired, and no other. */
    async removeExpired(fileId: string): Promise<void> {
      await conditional(
        dynamodb.send(
          new DeleteCommand({
            ...key(fileId),
            ConditionExpression: 'expires_at <= :now',
            ExpressionAttributeValues: { ':now': nowInSeconds() },
          }),
        ),
      );
    },

    /** Deletes a row; doing it twice is the same as doing it once. */
    async remove(fileId: string): Promise<void> {
      await translated(dynamodb.send(new DeleteCommand(key(fileId))));
    },
  };
}
