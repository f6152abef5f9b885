import { keyOf } from '../src/settings.ts';
import { runProgram, type ProgramError } from './engine/run-program.ts';
import { UNKNOWN, type Topology } from './engine/topology.ts';
import { EVERYTHING, TOPOLOGY_INVARIANTS } from './invariants/index.ts';
import { allOf, at, textAt, theOne } from './invariants/resources.ts';

const [preview, update, plain] = await Promise.all([
  runProgram({ config: EVERYTHING, preview: true }),
  runProgram({ config: EVERYTHING }),
  runProgram(),
]);

const urnsOf = ({ resources }: Topology) => resources.map(({ urn }) => urn).sort();

test('the preview shows exactly what the update makes', () => {
  expect(urnsOf(preview)).toEqual(urnsOf(update));
  expect(update.resources.length).toBeGreaterThan(60);
});

test('what the preview knows of a resource, the update does not change', () => {
  const made = new Map(update.resources.map((resource) => [resource.urn, resource.inputs]));
  for (const { urn, inputs } of preview.resources) {
    for (const [name, value] of Object.entries(inputs)) {
      if (!isKnown(value)) continue;
      expect({ urn, name, value: made.get(urn)?.[name] }).toEqual({ urn, name, value });
    }
  }
});

function isKnown(value: unknown): boolean {
  if (value === UNKNOWN) return false;
  return typeof value !== 'object' || value === null || Object.values(value).every(isKnown);
}

describe('of a stack with every option', () => {
  test.each(Object.entries(TOPOLOGY_INVARIANTS))('%s', async (_, holds) => {
    await holds(update);
  });
});

test('without options there is no domain, no e-mail and nothing that costs while it waits', () => {
  const types = new Set(plain.resources.map(({ type }) => type));
  for (const type of [
    'aws:apigatewayv2/domainName:DomainName',
    'aws:apigatewayv2/apiMapping:ApiMapping',
    'aws:sns/topicSubscription:TopicSubscription',
    'aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig',
    'aws:appautoscaling/target:Target',
    'aws:appautoscaling/policy:Policy',
  ]) {
    expect(types).not.toContain(type);
  }
  const api = theOne(plain, 'aws:apigatewayv2/api:Api');
  expect(plain.outputs['api_endpoint']).toBe(at(api, 'apiEndpoint'));
});

test('each setting reaches what it is about', async () => {
  const topology = await runProgram({
    config: {
      'aws:region': 'eu-central-1',
      'file-upload:protect': 'false',
      'file-upload:bucketName': 'files-of-example-com',
      'file-upload:publicRead': 'false',
      'file-upload:allowedOrigins': 'https://example.com,http://localhost:4200',
      'file-upload:allowCredentials': 'true',
      'file-upload:maxFileBytes': '1000',
      'file-upload:allowedContentTypes': 'image/*',
      'file-upload:deniedContentTypes': 'image/svg+xml',
      'file-upload:logRetentionDays': '7',
      'file-upload:logLevel': 'warn',
      'file-upload:memoryMb': '512',
      'file-upload:reservedConcurrency': '9',
      'file-upload:requestsPerSecond': '10',
      'file-upload:requestBurst': '20',
    },
  });
  const bucket = theOne(topology, 'aws:s3/bucket:Bucket');
  expect(bucket.inputs).toMatchObject({ bucket: 'files-of-example-com', forceDestroy: true });
  expect(topology.resources.filter(({ options }) => options.protect)).toEqual([]);
  expect(topology.resources.filter(({ options }) => options.retainOnDelete)).toEqual([]);
  expect(theOne(topology, 'aws:dynamodb/table:Table').inputs).toMatchObject({
    deletionProtectionEnabled: false,
  });
  expect(
    theOne(topology, 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock').inputs,
  ).toMatchObject({ blockPublicPolicy: true, restrictPublicBuckets: true });
  expect(at(theOne(topology, 'aws:s3/bucketPolicy:BucketPolicy'), 'policy')).not.toContain('Allow');
  expect(
    at(
      theOne(topology, 'aws:s3/bucketCorsConfiguration:BucketCorsConfiguration'),
      'corsRules.1.allowedOrigins',
    ),
  ).toEqual([
    'https://example.com',
    'http://localhost:4200',
    // Its own page uploads too.
    topology.outputs['api_endpoint'],
  ]);
  expect(theOne(topology, 'aws:lambda/function:Function').inputs).toMatchObject({
    memorySize: 512,
    reservedConcurrentExecutions: 9,
    environment: {
      variables: {
        PUBLIC_READ: 'false',
        ALLOWED_ORIGINS: 'https://example.com,http://localhost:4200',
        ALLOW_CREDENTIALS: 'true',
        MAX_FILE_BYTES: '1000',
        ALLOWED_CONTENT_TYPES: 'image/*',
        DENIED_CONTENT_TYPES: 'image/svg+xml',
        LOG_LEVEL: 'warn',
      },
    },
  });
  for (const log of allOf(topology, 'aws:cloudwatch/logGroup:LogGroup')) {
    expect(log.inputs).toMatchObject({ retentionInDays: 7 });
  }
  expect(theOne(topology, 'aws:apigatewayv2/stage:Stage').inputs).toMatchObject({
    defaultRouteSettings: { throttlingRateLimit: 10, throttlingBurstLimit: 20 },
  });
  expect(theOne(topology, 'pulumi:providers:aws').inputs).toMatchObject({ region: 'eu-central-1' });
  expect(JSON.stringify(topology)).not.toContain('us-east-1');
});

test('the secret of upload tokens is a secret of the stack, and keeps tokens out of the log', async () => {
  const UPLOAD_TOKEN_SECRET = 'a secret of no less than 32 characters';
  const topology = await runProgram({
    config: { 'file-upload:uploadTokenSecret': UPLOAD_TOKEN_SECRET },
  });
  const fn = theOne(topology, 'aws:lambda/function:Function');
  expect(fn.inputs).toMatchObject({ environment: { variables: { UPLOAD_TOKEN_SECRET } } });
  expect(fn.secretInputs).toEqual(['environment']);
  const others = topology.resources.filter((resource) => resource !== fn);
  expect(JSON.stringify(others)).not.toContain(UPLOAD_TOKEN_SECRET);
  const logged = (of: Topology) =>
    textAt(theOne(of, 'aws:apigatewayv2/stage:Stage'), 'accessLogSettings.format');
  expect(logged(topology)).not.toContain('$context.path');
  expect(logged(await runProgram())).toContain('$context.path');
});

test('two stacks of one account share no name', async () => {
  const other = await runProgram({ stack: 'other' });
  const namesOf = ({ resources }: Topology) =>
    resources.flatMap(({ outputs }) =>
      ['name', 'bucket', 'arn', 'dashboardName', 'url'].flatMap((key) =>
        typeof outputs[key] === 'string' ? [outputs[key]] : [],
      ),
    );
  // What a function or a route is called within its own is no name of the account.
  const within = new Set(['live', '$default']);
  const shared = new Set(namesOf(plain)).intersection(new Set(namesOf(other)));
  expect([...shared.difference(within)]).toEqual([]);
  expect(namesOf(plain).length).toBeGreaterThan(40);
});

test.each([
  [{ 'aws:region': 'mars-north-1' }, 'aws:region'],
  [{ [keyOf('logRetentionDays')]: '-1' }, keyOf('logRetentionDays')],
  [{ [keyOf('alarmEmail')]: 'team' }, keyOf('alarmEmail')],
  [{ [keyOf('allowCredentials')]: 'true' }, keyOf('allowCredentials')],
  [{ [keyOf('bucketName')]: 'Files' }, keyOf('bucketName')],
])('bad configuration is refused before anything is made: %j', async (config, key) => {
  for (const isPreview of [true, false]) {
    const run = runProgram({ config, preview: isPreview });
    await expect(run).rejects.toThrow(key);
    const { resources } = (await run.catch((error: unknown) => error)) as ProgramError;
    expect(resources.filter(({ custom }) => custom)).toEqual([]);
  }
});
