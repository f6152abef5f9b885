import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('../src/server.ts', import.meta.url));

/** How a process ended: one of the two. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The service as a process of its own, the way its users start it. */
export interface ServerProcess {
  pid: number;
  /** Every line that it wrote so far, to either stream. */
  readonly lines: readonly string[];
  /** Resolves once a line matches, which may be there already. Rejects when the process ends first. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process is gone and all of its output is in `lines`. */
  ended: Promise<Ending>;
}

/** A server that has said that it is ready. */
export interface RunningServer extends ServerProcess {
  url: string;
  s3Endpoint: string;
  dynamodbEndpoint: string;
}

/** Starts `src/server.ts` with an environment of its own, and does not wait for it. */
export function spawnServer(env: Readonly<Record<string, string>>): ServerProcess {
  const child = spawn(process.execPath, [SERVER], {
    env: { PATH: process.env['PATH'], PORT: '0', S3_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let hasEnded = false;
  const waiting = new Set<() => void>();
  const tellWaiting = () => waiting.forEach((tell) => tell());
  const collect = (stream: Readable) =>
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      tellWaiting();
    });
  collect(child.stdout);
  collect(child.stderr);
  const ended = once(child, 'close').then(([code, signal]): Ending => {
    hasEnded = true;
    tellWaiting();
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });

  return {
    pid: child.pid ?? 0,
    lines,
    ended,
    kill: (signal) => void child.kill(signal),
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = lines.map((line) => pattern.exec(line)).find((found) => found !== null);
          if (!match && !hasEnded) return;
          waiting.delete(look);
          if (match) resolve(match);
          else reject(new Error(`The server never printed ${pattern}:\n${lines.join('\n')}`));
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Starts a server with the embedded stores, and waits until it takes requests. */
export async function startServer(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const server = spawnServer({ DATA_DIR: dataDir, LOG_LEVEL: 'error', ...env });
  const [, url = ''] = await server.printed(/^File Upload API at (\S+),/);
  const [, s3Endpoint = ''] = await server.printed(/--endpoint-url (\S+) s3 /);
  const [, dynamodbEndpoint = ''] = await server.printed(/--endpoint-url (\S+) dynamodb /);
  return { ...server, url, s3Endpoint, dynamodbEndpoint };
}

/** Asks a server to stop, and waits until it has. */
export async function stop(server: ServerProcess): Promise<Ending> {
  server.kill('SIGTERM');
  return await server.ended;
}

/** Runs `use` with a folder of its own, which is gone afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'file-upload-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
