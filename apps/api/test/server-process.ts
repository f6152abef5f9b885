import { spawn as spawnProcess } from 'node:child_process';
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

/** Starts `src/server.ts` with no environment but its own. */
function spawnServer(
  env: Readonly<Record<string, string>>,
  nodeOptions: readonly string[],
): ServerProcess {
  const child = spawnProcess(process.execPath, [...nodeOptions, SERVER], {
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

/** Where servers of one test run, one after the other or all at once. */
export interface Workplace {
  dataDir: string;
  /** Starts a server, and does not wait for it. */
  spawn: (env?: Readonly<Record<string, string>>, nodeOptions?: readonly string[]) => ServerProcess;
  /** Starts a server with the embedded stores, and waits until it takes requests. */
  start: (env?: Readonly<Record<string, string>>) => Promise<RunningServer>;
}

/** Runs `use` with a folder of its own. Afterwards it is gone, and so are the servers. */
export async function withServers(use: (workplace: Workplace) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'file-upload-'));
  const servers: ServerProcess[] = [];

  const spawn: Workplace['spawn'] = (env, nodeOptions = []) => {
    const server = spawnServer({ DATA_DIR: dataDir, LOG_LEVEL: 'error', ...env }, nodeOptions);
    servers.push(server);
    return server;
  };
  const start: Workplace['start'] = async (env) => {
    const server = spawn(env);
    const [, url = ''] = await server.printed(/^File Upload API at (\S+),/);
    const [, s3Endpoint = ''] = await server.printed(/--endpoint-url (\S+) s3 /);
    const [, dynamodbEndpoint = ''] = await server.printed(/--endpoint-url (\S+) dynamodb /);
    return { ...server, url, s3Endpoint, dynamodbEndpoint };
  };
  try {
    await use({ dataDir, spawn, start });
  } finally {
    for (const server of servers) server.kill('SIGKILL');
    await Promise.all(servers.map(({ ended }) => ended));
    await rm(dataDir, { recursive: true, force: true });
  }
}
