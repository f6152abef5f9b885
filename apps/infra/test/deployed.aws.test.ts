import { DescribeAlarmsCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeLogGroupsCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { GetObjectTaggingCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { FileEvent } from '@file-upload/shared-types';
import { png } from '@file-upload/workflow/samples';
import { redrive } from '../src/cli/redrive.ts';
import { createClients } from './emulator/clients.ts';
import { deploy, type DeployedStack } from './emulator/deploy.ts';
import { describeGaps } from './emulator/gaps.ts';
import { Service } from './emulator/service.ts';
import { subscribe, type Subscriber } from './emulator/subscriber.ts';
import { until } from './emulator/until.ts';

/** The whole service as the Pulumi program deploys it, on the AWS of the environment. */
const endpoint = process.env['AWS_ENDPOINT_URL'] ?? '';
if (!endpoint) throw new Error('Run these tests with: npm run test:aws');

const PICTURE = { name: 'picture.png', type: 'image/png' };
let stack: DeployedStack;
let service: Service;
let announcements: Subscriber<FileEvent>;

beforeAll(async () => {
  process.stdout.write(describeGaps());
  stack = await deploy(endpoint, 'deployed', { 'file-upload:protect': 'false' });
  service = new Service(stack.outputs.api_endpoint);
  announcements = await subscribe(stack, stack.outputs.sns_topic_arn);
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

const announcementOf = (fileId: string) =>
  announcements.first(`announcement of ${fileId}`, ({ file_id }) => file_id === fileId);

/** The physical name of the one resource with this end of its logical name. */
function nameOf(end: string): string {
  const found = stack.resources.filter(({ custom, name }) => custom && name.endsWith(`-${end}`));
  if (found.length !== 1) throw new Error(`${found.length} resources are called ${end}`);
  return found[0]?.id ?? '';
}

test.each(['uploadForm', 'uploadJson'] as const)(
  'a file that comes with %s is examined, announced, described and given back',
  async (upload) => {
    const bytes = png();
    const { file_id } = await service[upload](bytes, PICTURE);

    expect(await announcementOf(file_id)).toMatchObject({
      event: 'file_uploaded',
      validation_status: 'VALID',
      detected_type: 'image/png',
      image: { width: 3, height: 2 },
      file_url: `${service.url}/files/${file_id}/content`,
    });
    expect(await service.describe(file_id)).toMatchObject({
      file_id,
      file_name: PICTURE.name,
      file_size: bytes.byteLength,
      validation_status: 'VALID',
    });
    const { status, headers } = await service.request(`/files/${file_id}/content`);
    expect(status).toBe(307);
    const download = await fetch(headers.get('location') ?? '');
    expect(download.status).toBe(200);
    expect(Buffer.from(await download.arrayBuffer())).toEqual(bytes);
    const list = await (await service.request('/files?limit=100')).json();
    expect(list).toMatchObject({
      files: expect.arrayContaining([expect.objectContaining({ file_id })]) as unknown,
    });
  },
);

test('an object that another program puts into the bucket becomes a file', async () => {
  const Key = 'inbox/holiday in Köln+1.png';
  await stack.aws.s3.send(
    new PutObjectCommand({
      Bucket: stack.outputs.s3_bucket_name,
      Key,
      Body: png(),
      ContentType: 'image/png',
    }),
  );
  const { file_id, ...event } = await announcements.first(
    `announcement of ${Key}`,
    ({ s3_key }) => s3_key === Key,
  );
  expect(event).toMatchObject({ event: 'file_uploaded', file_name: 'holiday in Köln+1.png' });
  expect(await service.describe(file_id)).toMatchObject({ validation_status: 'VALID' });
  const history = await service.history(file_id);
  expect(history.slice(0, 2)).toMatchObject([{ event: 'received' }, { event: 'validated' }]);
});

test('anybody may read a public file once it is VALID, and nobody a private one', async () => {
  const addressOf = ({ s3_key }: FileEvent) =>
    `${stack.edge.url}/${stack.outputs.s3_bucket_name}/${s3_key}`;
  const upload = async (visibility: 'public' | 'private') => {
    const { file_id } = await service.uploadForm(png(), { ...PICTURE, visibility });
    return await announcementOf(file_id);
  };
  const [open, closed] = [await upload('public'), await upload('private')];

  const tags = await stack.aws.s3.send(
    new GetObjectTaggingCommand({ Bucket: stack.outputs.s3_bucket_name, Key: open.s3_key }),
  );
  expect(tags.TagSet).toEqual([{ Key: 'visibility', Value: 'public' }]);
  const answer = await fetch(addressOf(open));
  expect(answer.status).toBe(200);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(png());
  expect((await fetch(addressOf(closed))).status).toBe(403);
  expect((await fetch(addressOf(open), { method: 'DELETE' })).status).toBe(403);
});

test('a file that is not what it says is announced as rejected, and is not public', async () => {
  const page = Buffer.from('<!DOCTYPE html><html></html>');
  const { file_id } = await service.uploadForm(page, { ...PICTURE, visibility: 'public' });
  const event = await announcementOf(file_id);
  expect(event).toMatchObject({
    event: 'file_rejected',
    validation_status: 'INVALID',
    validation_error: { code: 'CONTENT_TYPE_MISMATCH' },
  });
  const tags = await stack.aws.s3.send(
    new GetObjectTaggingCommand({ Bucket: stack.outputs.s3_bucket_name, Key: event.s3_key }),
  );
  expect(tags.TagSet).toEqual([]);
});

test('a deleted file is gone, with its object', async () => {
  const { file_id } = await service.uploadForm(png(), PICTURE);
  const { s3_key } = await announcementOf(file_id);
  const deleted = await service.request(`/files/${file_id}`, { method: 'DELETE' });
  expect(deleted.status).toBe(204);
  expect((await service.request(`/files/${file_id}`)).status).toBe(404);
  const head = new HeadObjectCommand({ Bucket: stack.outputs.s3_bucket_name, Key: s3_key });
  await expect(stack.aws.s3.send(head)).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
});

test('the event of an execution that fails is kept, and brought through by redrive', async () => {
  const { outputs, aws } = stack;
  const RoleName = nameOf('function-role');
  const PolicyName = 'fault';
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 's3:GetObject', Resource: '*' }],
  });
  await aws.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  const { file_id } = await service.uploadForm(png(), PICTURE);

  const queueUrl = outputs.dead_letter_queue_url;
  const count = async () => {
    const { Attributes } = await aws.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: ['ApproximateNumberOfMessages'],
      }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages);
  };
  await until('dead letter', async () => (await count()) || undefined);
  await until('failure in the history', async () =>
    (await service.history(file_id)).find(({ event }) => event === 'failed'),
  );
  expect(announcements.received.map((event) => event.file_id)).not.toContain(file_id);

  await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  const report = await redrive(aws, {
    queueUrl,
    stateMachineArn: outputs.state_machine_arn,
    dryRun: false,
    signal: new AbortController().signal,
    say: () => undefined,
  });
  expect(report).toMatchObject({ started: 1, invalid: 0, alreadyStarted: 0 });
  expect(await announcementOf(file_id)).toMatchObject({ validation_status: 'VALID' });
  expect(await count()).toBe(0);
});

test('the function may do what its role says, and no more', async () => {
  const { iam } = stack.aws;
  const RoleName = nameOf('function-role');
  const PolicyName = nameOf('function-policy').split(':')[1];
  const { PolicyDocument = '' } = await iam.send(
    new GetRolePolicyCommand({ RoleName, PolicyName }),
  );
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  expect((await service.request('/health')).status).toBe(503);
  await iam.send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName,
      PolicyDocument: decodeURIComponent(PolicyDocument),
    }),
  );
  expect((await service.request('/health')).status).toBe(200);
});

test('nothing is taken or given over plain HTTP', async () => {
  const { outputs, edge } = stack;
  const { file_id } = await service.uploadForm(png(), { ...PICTURE, visibility: 'public' });
  const { s3_key } = await announcementOf(file_id);
  const path = `/${outputs.s3_bucket_name}/${s3_key}`;
  expect((await fetch(edge.url + path)).status).toBe(200);
  // MiniStack itself, without what stands before it and ends TLS.
  expect((await fetch(endpoint + path)).status).toBe(403);

  const { sns, sqs, ...others } = createClients(endpoint, 'us-east-1');
  const TopicArn = outputs.sns_topic_arn;
  const QueueUrl = outputs.dead_letter_queue_url.replace(edge.url, endpoint);
  await expect(sns.send(new PublishCommand({ TopicArn, Message: 'plain' }))).rejects.toThrow(
    'not authorized',
  );
  await expect(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }))).rejects.toThrow(
    'denied',
  );
  for (const client of [sns, sqs, ...Object.values(others)]) client.destroy();
});

test('the function writes its logs where they are kept for a month', async () => {
  const { logs } = stack.aws;
  const logGroupName = nameOf('function-log');
  const { logGroups } = await logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }),
  );
  expect(logGroups).toMatchObject([{ retentionInDays: 30, kmsKeyId: stack.outputs.kms_key_arn }]);
  await service.request('/health');
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
  expect(events.length).toBeGreaterThan(0);
});

test('an alarm tells the topic of alarms', async () => {
  const alarms = await subscribe<{ AlarmName: string; NewStateValue: string }>(
    stack,
    stack.outputs.alarm_topic_arn,
  );
  const { cloudwatch } = stack.aws;
  const { MetricAlarms = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: `file-upload-${stack.name}-` }),
  );
  for (const { AlarmName = '' } of MetricAlarms) {
    await cloudwatch.send(
      new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'a test' }),
    );
    await alarms.first(`word of ${AlarmName}`, (alarm) => alarm.AlarmName === AlarmName);
  }
  expect(MetricAlarms.length).toBeGreaterThan(10);
});
