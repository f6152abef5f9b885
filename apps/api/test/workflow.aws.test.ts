import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { FileEvent } from '@file-upload/shared-types';
import { checksumOf, ensureMetadataTable } from '@file-upload/storage';
import { stateMachineDefinition } from '@file-upload/workflow';
import { png } from '@file-upload/workflow/samples';
import { zipSync } from 'fflate';
import { createStores } from '../src/stores.ts';
import { BUNDLE } from './lambda-process.ts';

/** The workflow as it is deployed, on the AWS of the environment. */
const endpoint = process.env['AWS_ENDPOINT_URL'];
if (!endpoint) throw new Error('Run these tests with: npm run test:aws');

const PATIENCE_MS = 30_000;
const name = `workflow-${randomUUID().slice(0, 8)}`;
const stores = createStores({
  region: 'us-east-1',
  s3Endpoint: endpoint,
  dynamodbEndpoint: endpoint,
  bucket: name,
  table: name,
});
const clients = {
  events: new EventBridgeClient(),
  iam: new IAMClient(),
  lambda: new LambdaClient(),
  sfn: new SFNClient(),
  sns: new SNSClient(),
  sqs: new SQSClient(),
};
let queueUrl = '';

/** The built bundle, as it is uploaded. */
async function zipBundle(): Promise<Uint8Array> {
  const folder = dirname(BUNDLE);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.mjs'));
  const entries = files.map(async (file) => [file, await readFile(join(folder, file))] as const);
  return zipSync(Object.fromEntries(await Promise.all(entries)));
}

/** A role that may do everything: what is least is not asked here. */
async function createRole(): Promise<string> {
  const services = ['lambda', 'states', 'events'].map((service) => `${service}.amazonaws.com`);
  const { Role } = await clients.iam.send(
    new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: services }, Action: 'sts:AssumeRole' },
        ],
      }),
    }),
  );
  await clients.iam.send(
    new AttachRolePolicyCommand({
      RoleName: name,
      PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    }),
  );
  return Role?.Arn ?? '';
}

/** A topic, and a queue that gets what it is told. */
async function createTopic(): Promise<string> {
  const { TopicArn = '' } = await clients.sns.send(new CreateTopicCommand({ Name: name }));
  const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName: name }));
  queueUrl = QueueUrl ?? '';
  const { Attributes } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const queueArn = Attributes?.['QueueArn'] ?? '';
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
      },
    ],
  });
  await clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await clients.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queueArn }));
  return TopicArn;
}

async function createFunction(role: string): Promise<string> {
  const { FunctionArn = '' } = await clients.lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: role,
      Timeout: 60,
      MemorySize: 512,
      Code: { ZipFile: await zipBundle() },
      Environment: {
        Variables: {
          BUCKET_NAME: name,
          METADATA_TABLE: name,
          PUBLIC_BASE_URL: 'https://files.example',
          // MiniStack's functions inherit its own, which is in capitals.
          LOG_LEVEL: 'error',
          AWS_ENDPOINT_URL: endpoint ?? '',
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: process.env['AWS_ACCESS_KEY_ID'] ?? '',
          AWS_SECRET_ACCESS_KEY: process.env['AWS_SECRET_ACCESS_KEY'] ?? '',
        },
      },
    }),
  );
  await waitUntilFunctionActiveV2(
    { client: clients.lambda, maxWaitTime: 60, minDelay: 1 },
    { FunctionName: name },
  );
  return FunctionArn;
}

beforeAll(async () => {
  const { s3, dynamodb } = stores.clients;
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: name,
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    }),
  );
  await ensureMetadataTable(dynamodb, name);
  const roleArn = await createRole();
  const topicArn = await createTopic();
  const functionArn = await createFunction(roleArn);
  const { stateMachineArn } = await clients.sfn.send(
    new CreateStateMachineCommand({
      name,
      type: 'EXPRESS',
      roleArn,
      definition: JSON.stringify(stateMachineDefinition({ functionArn, topicArn, queueUrl })),
    }),
  );
  await clients.events.send(
    new PutRuleCommand({
      Name: name,
      EventPattern: JSON.stringify({
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [name] } },
      }),
    }),
  );
  await clients.events.send(
    new PutTargetsCommand({
      Rule: name,
      Targets: [{ Id: 'workflow', Arn: stateMachineArn, RoleArn: roleArn }],
    }),
  );
});
afterAll(() => {
  stores.clients.destroy();
  for (const client of Object.values(clients)) client.destroy();
});

/** The next announcement of a file in the queue. */
async function announcementOf(fileId: string): Promise<FileEvent> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline;) {
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        WaitTimeSeconds: 1,
        MaxNumberOfMessages: 10,
      }),
    );
    for (const { Body = '' } of Messages) {
      const { Message } = JSON.parse(Body) as { Message: string };
      const event = JSON.parse(Message) as FileEvent;
      if (event.file_id === fileId) return event;
    }
  }
  throw new Error(`Nothing was announced of ${fileId}.`);
}

async function put(bytes: Uint8Array, visibility: 'public' | 'private'): Promise<string> {
  const fileId = randomUUID();
  const description = {
    fileName: 'picture.png',
    owner: 'anonymous',
    visibility,
    uploadTime: new Date().toISOString(),
  };
  await stores.objects.create(
    { key: `${fileId}/picture.png`, contentType: 'image/png', description },
    bytes,
    { algorithm: 'CRC64NVME', value: await checksumOf('CRC64NVME', bytes) },
  );
  return fileId;
}

test('an object in the bucket becomes a VALID file, and a message in the queue', async () => {
  const fileId = await put(png(), 'public');
  const event = await announcementOf(fileId);
  expect(event).toMatchObject({
    event: 'file_uploaded',
    validation_status: 'VALID',
    detected_type: 'image/png',
    image: { width: 3, height: 2 },
    file_url: `https://files.example/files/${fileId}/content`,
  });
  expect(await stores.objects.getTags(event.s3_key)).toEqual({ visibility: 'public' });
  const row = await stores.metadata.get(fileId);
  expect(row?.history?.map((entry) => entry.event).slice(0, 2)).toEqual(['received', 'validated']);
});

test('an object that is not what it says becomes an INVALID file, and a message in the queue', async () => {
  const fileId = await put(Buffer.from('<!DOCTYPE html><html></html>'), 'public');
  const event = await announcementOf(fileId);
  expect(event).toMatchObject({
    event: 'file_rejected',
    validation_error: { code: 'CONTENT_TYPE_MISMATCH' },
  });
  expect(await stores.objects.getTags(event.s3_key)).toEqual({});
});
