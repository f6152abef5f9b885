import {
  CreateTableCommand,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  type BillingMode,
  type KeySchemaElement,
  type ProjectionType,
  type ScalarAttributeType,
} from '@aws-sdk/client-dynamodb';
import type * as aws from '@pulumi/aws';
import { physicalName, tagList, type Make } from './request.ts';

function keySchema(hashKey: string | undefined, rangeKey?: string): KeySchemaElement[] {
  return [
    { AttributeName: hashKey, KeyType: 'HASH' },
    ...(rangeKey ? [{ AttributeName: rangeKey, KeyType: 'RANGE' as const }] : []),
  ];
}

export const table: Make<aws.dynamodb.TableArgs> = async (request) => {
  const { inputs, tags } = request;
  const { dynamodb } = request.aws;
  const TableName = inputs.name ?? physicalName(request, 255);
  const { serverSideEncryption: encryption, ttl, pointInTimeRecovery } = inputs;
  const { TableDescription } = await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: inputs.billingMode as BillingMode,
      KeySchema: keySchema(inputs.hashKey, inputs.rangeKey),
      AttributeDefinitions: inputs.attributes?.map(({ name, type }) => ({
        AttributeName: name,
        AttributeType: type as ScalarAttributeType,
      })),
      GlobalSecondaryIndexes: inputs.globalSecondaryIndexes?.map((index) => ({
        IndexName: index.name,
        KeySchema: keySchema(index.hashKey, index.rangeKey),
        Projection: { ProjectionType: index.projectionType as ProjectionType },
      })),
      SSESpecification: encryption && {
        Enabled: encryption.enabled,
        SSEType: 'KMS',
        KMSMasterKeyId: encryption.kmsKeyArn,
      },
      DeletionProtectionEnabled: inputs.deletionProtectionEnabled,
      Tags: tagList(tags),
    }),
  );
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 30, minDelay: 1 }, { TableName });
  if (ttl) {
    await dynamodb.send(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { AttributeName: ttl.attributeName, Enabled: ttl.enabled },
      }),
    );
  }
  if (pointInTimeRecovery) {
    await dynamodb.send(
      new UpdateContinuousBackupsCommand({
        TableName,
        PointInTimeRecoverySpecification: {
          PointInTimeRecoveryEnabled: pointInTimeRecovery.enabled,
        },
      }),
    );
  }
  return { id: TableName, outputs: { name: TableName, arn: TableDescription?.TableArn } };
};
