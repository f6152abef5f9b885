import { CreateTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { METADATA_TABLE } from '@file-upload/shared-types';
import { translate, translated } from './errors.ts';

/**
 * Makes the metadata table where there is none. On AWS the deployment makes it; this is for stores
 * that start empty.
 */
export async function ensureMetadataTable(
  dynamodb: DynamoDBDocumentClient,
  table: string,
): Promise<void> {
  const { partitionKey, ownerIndex } = METADATA_TABLE;
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  try {
    await dynamodb.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [partitionKey, ownerIndex.partitionKey, ownerIndex.sortKey].map(
          attribute,
        ),
        KeySchema: [{ AttributeName: partitionKey, KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: ownerIndex.name,
            KeySchema: [
              { AttributeName: ownerIndex.partitionKey, KeyType: 'HASH' },
              { AttributeName: ownerIndex.sortKey, KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      }),
    );
  } catch (error) {
    if ((error as Error).name !== 'ResourceInUseException') throw translate(error);
  }
  await translated(
    waitUntilTableExists(
      // Polls quickly: this runs at the start of a local server.
      { client: dynamodb, maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.5 },
      { TableName: table },
    ),
  );
}
