import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Failure } from './failure.ts';
import { fetchCli } from './fetch-cli.ts';
import { HAS_GROUPS, interrupted, type Interruption } from './interruption.ts';

/** The folder of Pulumi.yaml, where the CLI has to run. */
const PROJECT_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

export type Environment = Readonly<Record<string, string | undefined>>;

/** The Pulumi CLI, run in the project, one command at a time. */
export interface Pulumi {
  /** Where Pulumi.yaml is, and the configuration of each stack. */
  readonly folder: string;
  /** Runs a command whose output goes where ours does. @throws Failure with its exit code */
  run(...args: string[]): Promise<void>;
  /** Runs a command and answers what it prints. @throws Failure with its exit code */
  read(...args: string[]): Promise<string>;
}

/**
 * The CLI of the npm package `pulumi`, which is fetched when it is used for the first time.
 *
 * @throws Failure when it cannot be fetched, or not to the end
 */
export async function openPulumi(env: Environment, interruption: Interruption): Promise<Pulumi> {
  const binary = await fetchCli(interruption);
  const options = {
    cwd: PROJECT_FOLDER,
    env: environmentOf(env, binary),
    // Of its own group, so that a key press reaches it once: a second one makes it drop everything.
    detached: HAS_GROUPS,
  };

  async function execute(args: string[], stdout: 'inherit' | 'pipe'): Promise<string> {
    if (interruption.signal.aborted) throw interrupted();
    const child = spawn(binary, [...args, '--non-interactive'], {
      ...options,
      stdio: ['ignore', stdout, 'inherit'],
    });
    const ignore = interruption.listen(() => HAS_GROUPS && child.kill('SIGINT'));
    try {
      const [printed, [code, signal]] = await Promise.all([
        child.stdout ? text(child.stdout) : '',
        once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
      ]);
      const exitCode = code ?? 128 + constants.signals[signal ?? 'SIGTERM'];
      if (exitCode === 0) return printed;
      const [command] = args.join(' ').split(' --');
      throw new Failure(`pulumi ${command} failed.`, { exitCode });
    } finally {
      ignore();
    }
  }

  return {
    folder: PROJECT_FOLDER,
    run: async (...args) => void (await execute(args, 'inherit')),
    read: (...args) => execute(args, 'pipe'),
  };
}

function environmentOf(env: Environment, binary: string): NodeJS.ProcessEnv {
  // Pulumi.yaml says where the state is otherwise.
  const isLocal = !env['PULUMI_BACKEND_URL'];
  const hasPassphrase = ['PULUMI_CONFIG_PASSPHRASE', 'PULUMI_CONFIG_PASSPHRASE_FILE'].some(
    (name) => env[name] !== undefined,
  );
  return {
    ...env,
    // The language host stands beside the CLI; the program needs the Node.js that runs this.
    PATH: [dirname(binary), dirname(process.execPath), env['PATH'] ?? env['Path']].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    // Without a secret in the configuration the local state has none to encrypt.
    ...(isLocal && !hasPassphrase && { PULUMI_CONFIG_PASSPHRASE: '' }),
  };
}
