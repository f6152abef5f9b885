import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ReindexReport } from '../src/reindex-report.ts';
import { createStores } from '../src/stores.ts';

const COMMAND = fileURLToPath(new URL('../src/reindex.ts', import.meta.url));

/** How the command ended, and all that it wrote. */
export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Of a run with `--json`. */
  report: () => ReindexReport;
}

export interface RunningCommand {
  kill(signal: NodeJS.Signals): void;
  ended: Promise<CommandResult>;
}

/** Starts `src/reindex.ts` with no environment but its own. */
export function startReindex(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningCommand {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr, [code]]): CommandResult => ({
      code: code as number | null,
      stdout,
      stderr,
      report: () => JSON.parse(stdout) as ReindexReport,
    }),
  );
  return { kill: (signal) => void child.kill(signal), ended };
}

export async function runReindex(
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  return await startReindex(args, env).ended;
}

/** The stores behind a running server. */
export async function connect(
  server: { s3Endpoint: string; dynamodbEndpoint: string },
  dataDir: string,
) {
  const file = await readFile(join(dataDir, 'aws-credentials'), 'utf8');
  const find = (name: string) => new RegExp(`${name} = (\\S+)`).exec(file)?.[1] ?? '';
  return createStores({
    ...server,
    region: 'us-east-1',
    bucket: 'file-upload',
    table: 'files',
    credentials: {
      accessKeyId: find('aws_access_key_id'),
      secretAccessKey: find('aws_secret_access_key'),
    },
  });
}
