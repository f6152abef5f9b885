import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import pulumiPackage from 'pulumi/package.json' with { type: 'json' };

const COMMAND = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const STAND_IN = fileURLToPath(new URL('pulumi-stand-in.cjs', import.meta.url));

/** What the stand-in answers to a command of Pulumi, such as `stack export`. */
export interface Answer {
  stdout?: string;
  exitCode?: number;
  /** It prints "Waiting", and ends some time after it is interrupted. */
  untilInterrupted?: boolean;
}

export interface Call {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  /** Whether a Ctrl-C in the terminal passes it by. */
  leadsGroup: boolean;
}

export interface CommandOptions {
  env?: Readonly<Record<string, string>>;
  answers?: Readonly<Record<string, Answer>>;
  /** Whether there is a CLI of Pulumi to be found. */
  hasCli?: boolean;
}

export interface RunningCommand {
  kill(signal: NodeJS.Signals): void;
  /** Ctrl-C in its terminal: everything that runs in the foreground is signalled. */
  pressCtrlC(): void;
  /** Resolves once it has printed the text. */
  printed(text: string): Promise<void>;
  ended: Promise<{
    code: number | null;
    signal: NodeJS.Signals | null;
    stdout: string;
    stderr: string;
    calls: Call[];
  }>;
}

/** Someone with an AWS account, as far as can be told without calling it. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };

/**
 * Starts `src/cli/main.ts` with no environment but its own. The CLI of Pulumi is a binary of 160 MB
 * that is fetched from get.pulumi.com, so what is called here is a stand-in of it, which stands
 * where the npm package `pulumi` would have put it: that part is the package's own.
 */
export async function startCommand(
  args: readonly string[],
  { env = CREDENTIALS, answers = {}, hasCli = true }: CommandOptions = {},
): Promise<RunningCommand> {
  const home = await mkdtemp(join(tmpdir(), 'infra-'));
  const callsFile = join(home, 'calls');
  if (hasCli) await placeStandIn(home);
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      PULUMI_HOME: home,
      AWS_EC2_METADATA_DISABLED: 'true',
      STAND_IN_CALLS: callsFile,
      STAND_IN_ANSWERS: JSON.stringify(answers),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let soFar = '';
  const printing = new EventEmitter();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      soFar += chunk.toString();
      printing.emit('data');
    });
  }
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    async ([stdout, stderr, [code, signal]]) => {
      const lines = (await readFile(callsFile, 'utf8').catch(() => '')).split('\n').slice(0, -1);
      await rm(home, { recursive: true, force: true });
      const calls = lines.map((line) => JSON.parse(line) as Call);
      return {
        code: code as number | null,
        signal: signal as NodeJS.Signals | null,
        stdout,
        stderr,
        calls,
      };
    },
  );
  return {
    kill: (signal) => void child.kill(signal),
    pressCtrlC: () => void process.kill(-(child.pid ?? NaN), 'SIGINT'),
    ended,
    async printed(expected) {
      while (!soFar.includes(expected)) await once(printing, 'data');
    },
  };
}

export async function runCommand(args: readonly string[], options?: CommandOptions) {
  return await (
    await startCommand(args, options)
  ).ended;
}

async function placeStandIn(home: string): Promise<void> {
  const path = join(home, 'versions', pulumiPackage.version, 'bin', 'pulumi');
  await mkdir(dirname(path), { recursive: true });
  await copyFile(STAND_IN, path);
  await chmod(path, 0o755);
}

/** The calls as they would be typed, without what every call has. */
export function typedCalls(calls: readonly Call[]): string[] {
  return calls.map(({ args }) => args.filter((arg) => arg !== '--non-interactive').join(' '));
}
