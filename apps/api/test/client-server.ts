import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SERVER = join(import.meta.dirname, '../src/server.ts');

/** A service of its own, on any free port. */
export interface Server {
  url: string;
  close(): Promise<void>;
}

/** Starts the service as its users do, so that the client depends on nothing but its contract. */
export async function startServer(): Promise<Server> {
  const dataDir = await mkdtemp(join(tmpdir(), 'api-client-'));
  const child = spawn(process.execPath, [SERVER], {
    env: { PORT: '0', S3_PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^File Upload API at (http:\S+),/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      url,
      async close() {
        child.kill();
        await exited;
        await rm(dataDir, { recursive: true });
      },
    };
  }
  throw new Error('The server ended before it listened.');
}
