import { randomUUID } from 'node:crypto';
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { ObjectCreated } from '@file-upload/workflow/object-created';
import { runCommand } from './command.ts';

/**
 * Queues, state machines and events for the tests of redrive, on the AWS of the environment: the
 * command asks the real clients, over HTTP.
 */
const endpoint = process.env['AWS_ENDPOINT_URL'];
if (!endpoint) throw new Error('Run these tests with: npm run test:aws');
export const env = {
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: process.env['AWS_ACCESS_KEY_ID'] ?? '',
  AWS_SECRET_ACCESS_KEY: process.env['AWS_SECRET_ACCESS_KEY'] ?? '',
};

const PATIENCE_MS = 30_000;
export const sqs = new SQSClient();
export const sfn = new SFNClient();
const iam = new IAMClient();
let roleArn = '';

/** A role that may do everything: what is least is not asked here. */
beforeAll(async () => {
  const RoleName = `redrive-${randomUUID()}`;
  const Principal = { Service: 'states.amazonaws.com' };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
      }),
    }),
  );
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  roleArn = Role?.Arn ?? '';
});
afterAll(() => {
  iam.destroy();
  sqs.destroy();
  sfn.destroy();
});

export async function createQueue(): Promise<string> {
  const command = new CreateQueueCommand({ QueueName: `redrive-${randomUUID()}` });
  return (await sqs.send(command)).QueueUrl ?? '';
}

/** A workflow that does nothing but hand its event on to a queue. */
export async function createStateMachine(queueUrl: string): Promise<string> {
  const definition = {
    StartAt: 'HandOn',
    States: {
      HandOn: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sqs:sendMessage',
        Parameters: { QueueUrl: queueUrl, 'MessageBody.$': '$$.Execution.Input' },
        End: true,
      },
    },
  };
  const { stateMachineArn = '' } = await sfn.send(
    new CreateStateMachineCommand({
      name: `redrive-${randomUUID()}`,
      type: 'EXPRESS',
      roleArn,
      definition: JSON.stringify(definition),
    }),
  );
  return stateMachineArn;
}

/** What S3 tells of an object. */
export function eventOf(key: string): ObjectCreated {
  return {
    id: randomUUID(),
    source: 'aws.s3',
    'detail-type': 'Object Created',
    time: '2026-11-23T10:00:00Z',
    detail: { bucket: { name: 'files' }, object: { key, size: 1, etag: 'e' } },
  };
}

export async function send(queueUrl: string, body: unknown): Promise<void> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: text }));
}

/** Takes messages off a queue until there are as many, or no more for a while. */
export async function take(queueUrl: string, count: number): Promise<unknown[]> {
  const bodies: unknown[] = [];
  for (const deadline = Date.now() + PATIENCE_MS; bodies.length < count;) {
    if (Date.now() > deadline) throw new Error(`Only ${bodies.length} of ${count} messages came.`);
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        WaitTimeSeconds: 1,
        MaxNumberOfMessages: 10,
      }),
    );
    for (const { Body = '', ReceiptHandle } of Messages) {
      bodies.push(JSON.parse(Body));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
  return bodies;
}

/** How many messages can be received, and how many somebody holds. */
export async function countOf(queueUrl: string) {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  return {
    waiting: Number(Attributes['ApproximateNumberOfMessages']),
    held: Number(Attributes['ApproximateNumberOfMessagesNotVisible']),
  };
}

export async function runRedrive(queueUrl: string, stateMachineArn: string, ...options: string[]) {
  const stdout = JSON.stringify({
    dead_letter_queue_url: queueUrl,
    state_machine_arn: stateMachineArn,
  });
  const answers = { 'stack output': { stdout } };
  return await runCommand(['redrive', ...options], { env, answers });
}
