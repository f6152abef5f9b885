import { Failure } from '../../src/cli/failure.ts';
import { readCommand } from '../../src/cli/options.ts';
import { readSettings, SettingsError } from '../../src/read-settings.ts';
import { runCommand } from './command.ts';

const COMMANDS = ['preview', 'up', 'down', 'outputs', 'redrive'];

test.each(COMMANDS)('%s --help says how it is used, to someone with no account', async (name) => {
  const { code, stdout, stderr, calls } = await runCommand([name, '--help'], { env: {} });
  expect({ code, stderr, calls }).toEqual({ code: 0, stderr: '', calls: [] });
  expect(stdout).toContain(`npx nx run infra:${name} [options]`);
  expect(stdout).toContain('--stack=<name>');
});

test('up --help names each key of the configuration, and its rule', async () => {
  const { stdout } = await runCommand(['up', '--help']);
  expect(stdout).toContain('aws:region\n      The AWS region');
  expect(stdout).toContain('file-upload:alarmEmail\n      Who is told of alarms');
});

const REFUSED: [args: string[], reason: string][] = [
  [['up', '--stak=dev'], "Unknown option '--stak'"],
  [['up', 'dev'], "Unexpected argument 'dev'"],
  [['up', '--stack'], "Option '--stack <value>' argument missing"],
  [['up', '--keep-data'], "Unknown option '--keep-data'"],
  [['down', '--set=protect=false'], "Unknown option '--set'"],
  [['down', '--keep-data', '--delete-data'], 'Data is either kept or deleted'],
  [['preview', '--set=alarmEmail'], '--set takes <key>=<value>, not "alarmEmail".'],
  [['preview', '--set==x'], '--set takes <key>=<value>, not "=x".'],
  [['preview', '--set=alarmMail=a@example.com'], 'alarmMail is no key of this project.'],
  [['up', `--set=uploadTokenSecret=${'x'.repeat(32)}`], 'uploadTokenSecret is a secret'],
  [['preview', '--set=aws:profile=x'], 'aws:profile is no key of this project.'],
];

test.each(REFUSED)('%j is refused, with what may be said instead', (args, reason) => {
  const { message } = refusalOf(args);
  expect(message).toContain(reason);
  expect(message).toContain(`npx nx run infra:${args[0]} [options]`);
});

test('what is refused ends with 1, before anything is asked of AWS or Pulumi', async () => {
  const args = ['up', '--stak=dev'];
  const { code, stdout, stderr, calls } = await runCommand(args, { env: {} });
  expect({ code, stdout, calls }).toEqual({ code: 1, stdout: '', calls: [] });
  expect(stderr).toBe(`${refusalOf(args).message}\n`);
});

test('a command that there is not is refused, with those that there are', () => {
  expect(refusalOf(['destroy']).message).toBe(
    'There is no command "destroy": preview, up, down, outputs, redrive.',
  );
});

const STACK_NAMES = [
  ...['a', 'dev', 'team-7', 'a'.repeat(20)],
  ...['', 'Dev', '7up', '-dev', 'dev-', 'a_b', 'org/dev', 'a'.repeat(21), 'dev\n', 'é'],
];

test.each(STACK_NAMES)('the name %j is a stack here where it is one to the program', (name) => {
  const args = ['outputs', `--stack=${name}`];
  try {
    readSettings(name, {});
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    expect(refusalOf(args).message.split('\n\n')[0]).toBe((error as Error).message);
    return;
  }
  expect(readCommand(args).stack).toBe(name);
});

function refusalOf(args: string[]): Failure {
  try {
    readCommand(args);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('It is not refused.');
}
