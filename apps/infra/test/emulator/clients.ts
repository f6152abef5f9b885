import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { ACCOUNT_ID } from '../engine/simulate.ts';

export type Clients = ReturnType<typeof createClients>;

/**
 * The services of MiniStack, as the root of the account that the engine tells the program of:
 * MiniStack takes an access key of twelve digits for the number of an account.
 */
export function createClients(endpoint: string, region: string) {
  const options = {
    endpoint,
    region,
    credentials: {
      accessKeyId: ACCOUNT_ID,
      secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
  return {
    apigateway: new ApiGatewayV2Client(options),
    cloudwatch: new CloudWatchClient(options),
    dynamodb: new DynamoDBClient(options),
    events: new EventBridgeClient(options),
    iam: new IAMClient(options),
    kms: new KMSClient(options),
    lambda: new LambdaClient(options),
    logs: new CloudWatchLogsClient(options),
    s3: new S3Client(options),
    sfn: new SFNClient(options),
    sns: new SNSClient(options),
    sqs: new SQSClient(options),
  };
}
