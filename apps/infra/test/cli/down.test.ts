import { runCommand, typedCalls, type Answer } from './command.ts';

const BUCKET = 'urn:pulumi:dev::file-upload::file-upload:Storage$aws:s3/bucket:Bucket::files';
const TABLE = 'urn:pulumi:dev::file-upload::file-upload:Storage$aws:dynamodb/table:Table::metadata';
const POLICY =
  'urn:pulumi:dev::file-upload::file-upload:Storage$aws:s3/bucketPolicy:BucketPolicy::policy';

/** The state of a stack as `pulumi stack export` prints it. */
function stateOf({ protect }: { protect: boolean }): Record<string, Answer> {
  const resources = [
    { urn: 'urn:pulumi:dev::file-upload::pulumi:pulumi:Stack::s', type: 'pulumi:pulumi:Stack' },
    { urn: BUCKET, type: 'aws:s3/bucket:Bucket', id: 'files-1a2b3c', protect },
    { urn: POLICY, type: 'aws:s3/bucketPolicy:BucketPolicy', id: 'files-1a2b3c', protect },
    { urn: TABLE, type: 'aws:dynamodb/table:Table', id: 'metadata-4d5e6f', protect },
    { urn: 'urn:x', type: 'aws:sqs/queue:Queue', id: 'https://sqs.example/letters' },
  ];
  return { 'stack export': { stdout: JSON.stringify({ version: 3, deployment: { resources } }) } };
}

const PROTECTED = stateOf({ protect: true });
const UNPROTECTED = stateOf({ protect: false });
const EXPORT = 'stack export --stack dev';

test('a stack that holds data is left as it is, and told how to go on', async () => {
  const { code, stdout, stderr, calls } = await runCommand(['down'], { answers: PROTECTED });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(typedCalls(calls)).toEqual([EXPORT]);
  expect(stderr).toBe(`The stack dev holds data and was left as it is:
  Bucket files-1a2b3c
  Table metadata-4d5e6f

To delete all else and keep these: npx nx run infra:down --stack=dev --keep-data
To delete these too, for good:     npx nx run infra:down --stack=dev --delete-data
`);
});

test('--keep-data deletes what is not protected, and names what is left', async () => {
  const { code, stdout, calls } = await runCommand(['down', '--keep-data'], { answers: PROTECTED });
  expect(code).toBe(0);
  expect(typedCalls(calls)).toEqual([EXPORT, 'destroy --stack dev --yes --exclude-protected']);
  expect(stdout).toBe(`These are kept, and npx nx run infra:up --stack=dev goes on with them:
  Bucket files-1a2b3c
  Table metadata-4d5e6f
`);
});

test('--keep-data is refused where nothing is protected, for it would keep nothing', async () => {
  const { code, stderr, calls } = await runCommand(['down', '--keep-data'], {
    answers: UNPROTECTED,
  });
  expect(code).toBe(1);
  expect(typedCalls(calls)).toEqual([EXPORT]);
  expect(stderr).toContain('npx nx run infra:up --stack=dev --set=protect=true');
});

test('--delete-data takes the protection off, then deletes, then protects the next stack', async () => {
  const { code, calls } = await runCommand(['down', '--delete-data'], { answers: PROTECTED });
  expect(code).toBe(0);
  expect(typedCalls(calls)).toEqual([
    EXPORT,
    'config set --stack dev file-upload:protect false',
    `up --stack dev --yes --target ${BUCKET} --target ${POLICY} --target ${TABLE}`,
    'destroy --stack dev --yes',
    'config rm --stack dev file-upload:protect',
  ]);
});

test.each(['config set', 'up', 'destroy'])(
  '--delete-data stops where %s fails',
  async (failing) => {
    const { code, calls } = await runCommand(['down', '--delete-data'], {
      answers: { ...PROTECTED, [failing]: { exitCode: 255 } },
    });
    expect(code).toBe(255);
    expect(calls.at(-1)?.command).toBe(failing);
  },
);

test('--delete-data goes on where an earlier try stopped', async () => {
  const { code, calls } = await runCommand(['down', '--delete-data'], { answers: UNPROTECTED });
  expect(code).toBe(0);
  expect(typedCalls(calls)).toEqual([
    EXPORT,
    'destroy --stack dev --yes',
    'config rm --stack dev file-upload:protect',
  ]);
});

test('a stack that protects nothing is deleted, and its configuration kept', async () => {
  const { code, calls } = await runCommand(['down', '--stack=trial'], { answers: UNPROTECTED });
  expect(code).toBe(0);
  expect(typedCalls(calls)).toEqual(['stack export --stack trial', 'destroy --stack trial --yes']);
});

test('a stack that there is not is not made', async () => {
  const { code, calls } = await runCommand(['down'], {
    answers: { 'stack export': { exitCode: 6 } },
  });
  expect(code).toBe(6);
  expect(typedCalls(calls)).toEqual([EXPORT]);
});
