import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CREDENTIALS, runCommand, typedCalls } from './command.ts';

const PROJECT_FOLDER = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

describe('without AWS credentials', () => {
  test.each(['preview', 'up', 'down', 'redrive'])(
    '%s says what to set, in a line',
    async (name) => {
      const { code, stdout, stderr, calls } = await runCommand([name], { env: {} });
      expect({ code, stdout, calls }).toEqual({ code: 1, stdout: '', calls: [] });
      expect(stderr).toMatch(
        /^There are no AWS credentials \(.+\)\. Set AWS_PROFILE .+ AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\.\n$/,
      );
    },
  );

  test('a profile that there is not is named', async () => {
    const { code, stderr } = await runCommand(['up'], { env: { AWS_PROFILE: 'nobody' } });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^There are no AWS credentials for the profile "nobody" \(.+\)\. Set .+\n$/,
    );
  });

  test('outputs answers, for it asks nothing of AWS', async () => {
    const answers = { 'stack output': { stdout: 'api_endpoint https://a.example\n' } };
    const { code, stdout } = await runCommand(['outputs'], { env: {}, answers });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'api_endpoint https://a.example\n' });
  });
});

test('where the CLI cannot be fetched, a line says so', async () => {
  const { code, stderr } = await runCommand(['preview'], {
    hasCli: false,
    // A proxy that nobody is: no network, wherever this runs.
    env: { ...CREDENTIALS, NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: 'http://127.0.0.1:1' },
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^Downloading pulumi v[\d.]+\.\.\.\nThe Pulumi CLI cannot be fetched from get\.pulumi\.com \(.+\)\. .+\n$/,
  );
});

describe('preview and up', () => {
  test('make the stack dev where there is none', async () => {
    const preview = await runCommand(['preview']);
    expect(typedCalls(preview.calls)).toEqual([
      'stack select --stack dev --create',
      'preview --stack dev',
    ]);
    const up = await runCommand(['up', '--stack', 'team-7']);
    expect(typedCalls(up.calls)).toEqual([
      'stack select --stack team-7 --create',
      'up --stack team-7 --yes',
    ]);
  });

  test('ask nothing, for nobody is there to answer', async () => {
    const { calls } = await runCommand(['up', '--set=memoryMb=512']);
    expect(calls).toHaveLength(4);
    for (const { args } of calls) expect(args).toContain('--non-interactive');
  });

  test('set the configuration before, under full keys and as it was typed', async () => {
    const { calls } = await runCommand([
      'preview',
      '--set=region=eu-central-1',
      '--set',
      'file-upload:allowedOrigins=https://a.example,https://b.example',
      '--set=logRetentionDays=7',
    ]);
    expect(calls[2]?.args).toEqual([
      ...['config', 'set-all', '--stack', 'dev'],
      ...['--plaintext', 'aws:region=eu-central-1'],
      ...['--plaintext', 'file-upload:allowedOrigins=https://a.example,https://b.example'],
      ...['--plaintext', 'file-upload:logRetentionDays=7'],
      '--non-interactive',
    ]);
    expect(calls.map(({ command }) => command)).toEqual([
      'stack select',
      'config',
      'config set-all',
      'preview',
    ]);
  });

  test('set nothing that the program would refuse, with what is set already', async () => {
    const config = { 'file-upload:publicRead': { value: 'false', secret: false } };
    const { code, stderr, calls } = await runCommand(
      ['up', '--set=defaultVisibility=public', '--set=memoryMb=abc'],
      { answers: { config: { stdout: JSON.stringify(config) } } },
    );
    expect({ code, last: calls.at(-1)?.command }).toEqual({ code: 1, last: 'config' });
    expect(stderr).toMatch(/^file-upload:memoryMb cannot be "abc"\. .*\n$/);

    const contradiction = await runCommand(['up', '--set=defaultVisibility=public'], {
      answers: { config: { stdout: JSON.stringify(config) } },
    });
    expect(contradiction.stderr).toContain('file-upload:defaultVisibility cannot be "public"');
    expect(contradiction.calls.at(-1)?.command).toBe('config');
  });

  test('print what Pulumi prints, and end as it ends', async () => {
    const answers = { up: { stdout: 'Updating (dev)\n', exitCode: 255 } };
    const { code, stdout, stderr } = await runCommand(['up'], { answers });
    expect({ code, stdout, stderr }).toEqual({
      code: 255,
      stdout: 'Updating (dev)\n',
      stderr: 'pulumi up failed.\n',
    });
  });

  test.each(['stack select', 'config set-all'])('go no further where %s fails', async (command) => {
    const { code, calls } = await runCommand(['up', '--set=memoryMb=512'], {
      answers: { [command]: { exitCode: 3 } },
    });
    expect(code).toBe(3);
    expect(calls.at(-1)?.command).toBe(command);
  });
});

describe('the state', () => {
  test('is kept in the repository, with nothing to encrypt', async () => {
    const { calls } = await runCommand(['outputs']);
    expect(calls[0]?.cwd).toBe(PROJECT_FOLDER);
    expect(await readFile(join(PROJECT_FOLDER, 'Pulumi.yaml'), 'utf8')).toContain(
      'backend:\n  url: file://../..\n',
    );
    expect(calls[0]?.env).not.toHaveProperty('PULUMI_BACKEND_URL');
    expect(calls[0]?.env).toMatchObject({
      PULUMI_CONFIG_PASSPHRASE: '',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
    });
  });

  test('is kept where PULUMI_BACKEND_URL says, with the passphrase of whoever set it', async () => {
    const env = { PULUMI_BACKEND_URL: 's3://state' };
    const { calls } = await runCommand(['outputs'], { env });
    expect(calls[0]?.env).toMatchObject(env);
    expect(calls[0]?.env).not.toHaveProperty('PULUMI_CONFIG_PASSPHRASE');
  });

  test.each(['PULUMI_CONFIG_PASSPHRASE', 'PULUMI_CONFIG_PASSPHRASE_FILE'])(
    'has the passphrase of %s',
    async (name) => {
      const { calls } = await runCommand(['outputs'], { env: { [name]: 'x' } });
      const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = calls[0]?.env ?? {};
      expect({ PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE }).toEqual({ [name]: 'x' });
    },
  );
});

test('outputs --json prints one object', async () => {
  const stdout = '{"api_endpoint":"https://a.example"}\n';
  const result = await runCommand(['outputs', '--json', '--stack=prod'], {
    answers: { 'stack output': { stdout } },
  });
  expect(result).toMatchObject({ code: 0, stdout });
  expect(typedCalls(result.calls)).toEqual(['stack output --stack prod --json']);
});
