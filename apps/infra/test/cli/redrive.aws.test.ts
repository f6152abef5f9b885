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
import { redrive } from '../../src/cli/redrive.ts';
import { runCommand } from './command.ts';

/** On the AWS of the environment: the command asks the real clients, over HTTP. */
const endpoint = process.env['AWS_ENDPOINT_URL'];
if (!endpoint) throw new Error('Run these tests with: npm run test:aws');
const env = {
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: process.env['AWS_ACCESS_KEY_ID'] ?? '',
  AWS_SECRET_ACCESS_KEY: process.env['AWS_SECRET_ACCESS_KEY'] ?? '',
};

const PATIENCE_MS = 30_000;
const sqs = new SQSClient();
const sfn = new SFNClient();
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

async function createQueue(): Promise<string> {
  const command = new CreateQueueCommand({ QueueName: `redrive-${randomUUID()}` });
  return (await sqs.send(command)).QueueUrl ?? '';
}

/** A workflow that does nothing but hand its event on to a queue. */
async function createStateMachine(queueUrl: string): Promise<string> {
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

function eventOf(key: string) {
  const time = '2026-11-23T10:00:00Z';
  return { id: randomUUID(), time, detail: { object: { key } } };
}

async function send(queueUrl: string, body: unknown): Promise<void> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: text }));
}

/** Takes messages off a queue until there are as many, or no more for a while. */
async function take(queueUrl: string, count: number): Promise<unknown[]> {
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
async function countOf(queueUrl: string) {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  return {
    waiting: Number(Attributes['ApproximateNumberOfMessages']),
    held: Number(Attributes['ApproximateNumberOfMessagesNotVisible']),
  };
}

async function runRedrive(queueUrl: string, stateMachineArn: string, ...options: string[]) {
  const stdout = JSON.stringify({
    dead_letter_queue_url: queueUrl,
    state_machine_arn: stateMachineArn,
  });
  const answers = { 'stack output': { stdout } };
  return await runCommand(['redrive', ...options], { env, answers });
}

test('each event starts the workflow once, and is off the queue then', async () => {
  const [letters, started] = [await createQueue(), await createQueue()];
  const events = Array.from({ length: 25 }, (_, index) => eventOf(`${index}/ä b.png`));
  for (const event of events) await send(letters, event);

  const { code, stdout, stderr } = await runRedrive(letters, await createStateMachine(started));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('Started: "7/ä b.png" of "2026-11-23T10:00:00Z"\n');
  expect(stdout).toMatch(/\n25 events started\.\n$/);
  expect(await countOf(letters)).toEqual({ waiting: 0, held: 0 });
  const byId = (a: unknown, b: unknown) => JSON.stringify(a).localeCompare(JSON.stringify(b));
  expect((await take(started, 25)).sort(byId)).toEqual([...events].sort(byId));
});

test('--dry-run lists the events, and leaves them to whoever comes next', async () => {
  const [letters, started] = [await createQueue(), await createQueue()];
  for (const key of ['a', 'b\u001b[2J']) await send(letters, eventOf(key));
  const stateMachineArn = await createStateMachine(started);

  const { code, stdout } = await runRedrive(letters, stateMachineArn, '--dry-run');
  expect(code).toBe(0);
  expect(stdout.split('\n').sort()).toEqual([
    '',
    '2 events would be started.',
    'Would start: "a" of "2026-11-23T10:00:00Z"',
    'Would start: "b\\u001b[2J" of "2026-11-23T10:00:00Z"',
  ]);
  expect(await countOf(letters)).toEqual({ waiting: 2, held: 0 });
  expect(await countOf(started)).toEqual({ waiting: 0, held: 0 });
});

test('an event that cannot be started is not lost', async () => {
  const letters = await createQueue();
  await send(letters, eventOf('a'));
  const gone = 'arn:aws:states:us-east-1:000000000000:stateMachine:gone';

  const { code, stdout, stderr } = await runRedrive(letters, gone);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^0 events started\.\nThe rest is still in the queue, for it cannot go on: StateMachineDoesNotExist: .+\n$/,
  );
  expect(await countOf(letters)).toEqual({ waiting: 1, held: 0 });
});

test('an event that fails again does not go round', async () => {
  const letters = await createQueue();
  const event = eventOf('a');
  await send(letters, event);
  const { code } = await runRedrive(letters, await createStateMachine(letters));
  expect(code).toBe(0);
  expect(await take(letters, 1)).toEqual([event]);
  expect(await countOf(letters)).toEqual({ waiting: 0, held: 0 });
});

test('an event that is there twice is started once, and its like is left', async () => {
  const [letters, started] = [await createQueue(), await createQueue()];
  const event = eventOf('a');
  await send(letters, event);
  await send(letters, event);
  const { code, stdout } = await runRedrive(letters, await createStateMachine(started));
  expect(code).toBe(0);
  expect(stdout).toMatch(/1 event started; left in the queue: 1 started just now\.\n$/);
  expect(await take(started, 1)).toEqual([event]);
  expect(await countOf(letters)).toEqual({ waiting: 1, held: 0 });
});

test('what is no event is left, and does not hold up the others', async () => {
  const [letters, started] = [await createQueue(), await createQueue()];
  await send(letters, 'not JSON');
  await send(letters, eventOf('a'));
  const { code, stdout } = await runRedrive(letters, await createStateMachine(started));
  expect(code).toBe(0);
  expect(stdout).toMatch(/1 event started; left in the queue: 1 unreadable\.\n$/);
  await take(started, 1);
  expect(await countOf(letters)).toEqual({ waiting: 1, held: 0 });
});

test('an interruption ends with the events that are in hand', async () => {
  const [letters, started] = [await createQueue(), await createQueue()];
  for (let index = 0; index < 25; index += 1) await send(letters, eventOf(String(index)));
  const interruption = new AbortController();
  const report = await redrive(
    { sqs, sfn },
    {
      queueUrl: letters,
      stateMachineArn: await createStateMachine(started),
      dryRun: false,
      signal: interruption.signal,
      say: () => interruption.abort(),
    },
  );
  expect(report.started).toBeGreaterThan(0);
  expect(report.started).toBeLessThanOrEqual(10);
  expect(await countOf(letters)).toEqual({ waiting: 25 - report.started, held: 0 });
  await take(started, report.started);
});

test('a stack that is not up is told apart from one with no dead letters', async () => {
  const { code, stderr } = await runCommand(['redrive', '--stack=new'], {
    env,
    answers: { 'stack output': { stdout: '{}' } },
  });
  expect(code).toBe(1);
  expect(stderr).toBe('The stack new is not up: npx nx run infra:up --stack=new\n');
});
