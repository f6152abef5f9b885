import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { takeDown } from '../../src/cli/down.ts';
import { readCommand } from '../../src/cli/options.ts';
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

test('--delete-data takes the protection off what is protected, then deletes', async () => {
  const { code, calls } = await runCommand(['down', '--delete-data'], { answers: PROTECTED });
  expect(code).toBe(0);
  const copy = configFileOf(calls[1]?.args);
  expect(typedCalls(calls)).toEqual([
    EXPORT,
    `up --stack dev --yes --config-file ${copy} --config file-upload:protect=false --target ${BUCKET} --target ${POLICY} --target ${TABLE}`,
    'destroy --stack dev --yes',
  ]);
});

describe("--delete-data leaves the stack's configuration as it is", () => {
  const CONFIGURATION = 'config:\n  aws:region: eu-central-1\n';

  /** @param failing the command of Pulumi that fails */
  async function deleteData(failing?: string) {
    const folder = await mkdtemp(join(tmpdir(), 'infra-'));
    const file = join(folder, 'Pulumi.dev.yaml');
    await writeFile(file, CONFIGURATION);
    let copy: string | undefined;
    let copied: string | undefined;
    const ended = takeDown(
      {
        folder,
        async read() {
          return PROTECTED['stack export']?.stdout ?? '';
        },
        async run(command, ...args) {
          if (command === 'up') {
            copy = configFileOf(args) ?? '';
            copied = await readFile(copy, 'utf8');
            // As Pulumi does with --config.
            await writeFile(copy, `${copied}  file-upload:protect: "false"\n`);
          }
          if (command === failing) throw new Error(`pulumi ${command} failed.`);
        },
      },
      readCommand(['down', '--delete-data']),
    );
    const error = await ended.then(
      () => undefined,
      (cause: Error) => cause.message,
    );
    const left = { files: await readdir(folder), text: await readFile(file, 'utf8') };
    await rm(folder, { recursive: true });
    return {
      error,
      copied,
      left,
      copyIsLeft: existsSync(dirname(copy ?? '')),
      name: basename(copy ?? ''),
    };
  }

  test.each([undefined, 'up', 'destroy'])('when what fails is: %s', async (failing) => {
    expect(await deleteData(failing)).toEqual({
      error: failing && `pulumi ${failing} failed.`,
      name: 'Pulumi.dev.yaml',
      copied: CONFIGURATION,
      copyIsLeft: false,
      left: { files: ['Pulumi.dev.yaml'], text: CONFIGURATION },
    });
  });
});

test.each(['up', 'destroy'])('--delete-data stops where %s fails', async (failing) => {
  const { code, calls } = await runCommand(['down', '--delete-data'], {
    answers: { ...PROTECTED, [failing]: { exitCode: 255 } },
  });
  expect(code).toBe(255);
  expect(calls.at(-1)?.command).toBe(failing);
});

test('--delete-data goes on where an earlier try stopped', async () => {
  const { code, calls } = await runCommand(['down', '--delete-data'], { answers: UNPROTECTED });
  expect(code).toBe(0);
  expect(typedCalls(calls)).toEqual([EXPORT, 'destroy --stack dev --yes']);
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

function configFileOf(args: readonly string[] = []): string | undefined {
  return args[args.indexOf('--config-file') + 1];
}
