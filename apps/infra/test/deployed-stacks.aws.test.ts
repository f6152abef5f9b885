import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetBucketTaggingCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { FileEvent, FileList } from '@file-upload/shared-types';
import { png } from '@file-upload/workflow/samples';
import { deploy, type DeployedStack } from './emulator/deploy.ts';
import { Service } from './emulator/service.ts';
import { subscribe, type Subscriber } from './emulator/subscriber.ts';

/** Several stacks in one account of the environment's AWS. */
const endpoint = process.env['AWS_ENDPOINT_URL'] ?? '';
if (!endpoint) throw new Error('Run these tests with: npm run test:aws');

const PICTURE = { name: 'picture.png', type: 'image/png' };

interface Deployed {
  stack: DeployedStack;
  service: Service;
  announcements: Subscriber<FileEvent>;
}

async function deployed(name: string): Promise<Deployed> {
  const stack = await deploy(endpoint, name);
  return {
    stack,
    service: new Service(stack.outputs.api_endpoint),
    announcements: await subscribe(stack, stack.outputs.sns_topic_arn),
  };
}

describe('two stacks side by side', () => {
  let one: Deployed;
  let two: Deployed;

  beforeAll(async () => {
    [one, two] = await Promise.all([deployed('one'), deployed('two')]);
  });
  afterAll(async () => {
    for (const { stack } of [one, two]) await stack[Symbol.asyncDispose]();
  });

  test('have nothing in common', () => {
    const made = ({ stack }: Deployed) =>
      new Set(
        stack.resources
          .filter(({ custom, type }) => custom && !isPartOfAnother(type))
          .map(({ type, id }) => `${type} ${id}`),
      );
    expect(made(one).size).toBe(made(two).size);
    expect(made(one).size).toBeGreaterThan(30);
    expect(made(one).intersection(made(two))).toEqual(new Set());
  });

  test('see nothing of the files of each other', async () => {
    const { file_id } = await one.service.uploadForm(png(), PICTURE);
    const other = await two.service.uploadForm(png(), PICTURE);
    const isOf = (id: string) => (event: FileEvent) => event.file_id === id;
    await one.announcements.first('announcement', isOf(file_id));
    await two.announcements.first('announcement', isOf(other.file_id));

    for (const [{ stack, service, announcements }, own, foreign] of [
      [one, file_id, other.file_id],
      [two, other.file_id, file_id],
    ] as const) {
      expect((await service.request(`/files/${foreign}`)).status).toBe(404);
      const { files } = (await (await service.request('/files')).json()) as FileList;
      expect(files.map((file) => file.file_id)).toEqual([own]);
      expect(announcements.received.every(isOf(own))).toBe(true);
      const { Contents = [] } = await stack.aws.s3.send(
        new ListObjectsV2Command({ Bucket: stack.outputs.s3_bucket_name }),
      );
      expect(Contents.map(({ Key }) => Key?.split('/')[0])).toEqual([own]);
    }
  });

  test('bear their own tags', async () => {
    for (const { stack } of [one, two]) {
      const { TagSet } = await stack.aws.s3.send(
        new GetBucketTaggingCommand({ Bucket: stack.outputs.s3_bucket_name }),
      );
      expect(TagSet).toEqual(
        expect.arrayContaining([
          { Key: 'Project', Value: 'file-upload' },
          { Key: 'Stack', Value: stack.name },
        ]),
      );
    }
  });
});

/** What has no name of its own: its id is of what it belongs to. */
function isPartOfAnother(type: string): boolean {
  return ['pulumi:providers:aws', 'aws:apigatewayv2/stage:Stage'].includes(type);
}

test('every option can be deployed, in another region', async () => {
  await using stack = await deploy(endpoint, 'full', {
    'aws:region': 'eu-central-1',
    'file-upload:bucketName': 'all-of-the-options',
    'file-upload:publicRead': 'false',
    'file-upload:allowedOrigins': 'https://example.com,http://localhost:4200',
    'file-upload:allowCredentials': 'true',
    'file-upload:allowedContentTypes': 'image/*',
    'file-upload:deniedContentTypes': 'image/svg+xml',
    'file-upload:alarmEmail': 'team@example.com',
    'file-upload:reservedConcurrency': '8',
    'file-upload:provisionedConcurrency': '1',
    'file-upload:domainName': 'files.example.com',
    'file-upload:certificateArn':
      'arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012',
  });
  const { outputs, resources, aws } = stack;
  expect(outputs).toMatchObject({
    s3_bucket_name: 'all-of-the-options',
    api_endpoint: 'https://files.example.com',
  });
  const api = resources.find(({ type }) => type === 'aws:apigatewayv2/api:Api');
  const service = new Service(api?.outputs.apiEndpoint as string);
  const announcements = await subscribe<FileEvent>(stack, outputs.sns_topic_arn);
  const { file_id, file_url } = await service.uploadForm(png(), PICTURE);
  expect(file_url).toBe(`https://files.example.com/files/${file_id}/content`);
  await announcements.first('announcement', (event) => event.file_id === file_id);
  const upload = service.uploadForm(Buffer.from('text'), { name: 'a.txt', type: 'text/plain' });
  await expect(upload).rejects.toThrow('CONTENT_TYPE_NOT_ALLOWED');

  const preflight = (origin: string) =>
    fetch(`${stack.edge.url}/${outputs.s3_bucket_name}/a.txt`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT' },
    });
  expect((await preflight('https://example.com')).status).toBe(200);
  expect((await preflight('https://elsewhere.example')).status).toBe(403);

  const fn = resources.find(({ type }) => type === 'aws:lambda/function:Function');
  const { FunctionArn } = await aws.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: fn?.id }),
  );
  expect(FunctionArn).toContain(':eu-central-1:');
});
