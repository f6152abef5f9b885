/** The command behind `nx run infra:preview`, `up`, `down`, `outputs` and `redrive`. */
import { requireCredentials } from './credentials.ts';
import { takeDown } from './down.ts';
import { Failure } from './failure.ts';
import { INTERRUPTED, watchSignals, type Interruption } from './interruption.ts';
import { readCommand, usageOf, type Command } from './options.ts';
import { openPulumi, type Environment, type Pulumi } from './pulumi.ts';
import { redriveStack } from './redrive-stack.ts';
import { readSettings, SettingsError } from '../read-settings.ts';

type Run = (pulumi: Pulumi, command: Command, interruption: Interruption) => Promise<void>;

const RUNS: Record<Command['name'], Run> = {
  async preview(pulumi, command) {
    await prepare(pulumi, command);
    await pulumi.run('preview', '--stack', command.stack);
  },
  async up(pulumi, command) {
    await prepare(pulumi, command);
    await pulumi.run('up', '--stack', command.stack, '--yes');
  },
  async outputs(pulumi, { stack, json }) {
    await pulumi.run('stack', 'output', '--stack', stack, ...(json ? ['--json'] : []));
  },
  down: takeDown,
  redrive: redriveStack,
};

/** Makes the stack where there is none, and sets what is to be set. */
async function prepare(pulumi: Pulumi, { stack, set }: Command): Promise<void> {
  await pulumi.run('stack', 'select', '--stack', stack, '--create');
  if (set.size === 0) return;
  await checkSettings(pulumi, stack, set);
  const pairs = [...set].flatMap(([key, value]) => ['--plaintext', `${key}=${value}`]);
  await pulumi.run('config', 'set-all', '--stack', stack, ...pairs);
}

/** @throws Failure where the program would refuse what is set, which would stay in its way */
async function checkSettings(pulumi: Pulumi, stack: string, set: Command['set']): Promise<void> {
  const printed = await pulumi.read('config', '--stack', stack, '--json');
  const config = JSON.parse(printed || '{}') as Record<string, { value?: string }>;
  // Secrets are not shown, and were checked by nobody but the program.
  const values = Object.entries(config).flatMap(([key, { value }]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  try {
    readSettings(stack, Object.fromEntries([...values, ...set]));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new Failure(error.message, { cause: error });
  }
}

async function main(args: string[], env: Environment): Promise<void> {
  const command = readCommand(args);
  if (command.help) return console.log(usageOf(command.name));
  const interruption = watchSignals();
  // The outputs are in the state already.
  if (command.name !== 'outputs') {
    await interruption.orInterrupted(requireCredentials(env['AWS_PROFILE']));
  }
  await RUNS[command.name](await openPulumi(env, interruption), command, interruption);
}

try {
  await main(process.argv.slice(2), process.env);
} catch (error) {
  // What the user can put right is told as it is; a defect keeps its stack.
  console.error(error instanceof Failure ? error.message : error);
  process.exitCode = error instanceof Failure ? error.exitCode : 1;
  // What is not waited for any more would keep the process up.
  if (process.exitCode === INTERRUPTED) process.exit();
}
