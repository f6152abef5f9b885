import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SERVER = join(import.meta.dirname, '../../api/src/server.ts');

/** The service as its users start it, with a folder of its own. */
export interface Server {
  url: string;
  s3Endpoint: string;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** Starts it again where it was. */
  restart(): Promise<void>;
  /** Leaves nothing of it. */
  remove(): Promise<void>;
}

/** Starts the service on free ports, with no environment but its own. */
export async function startServer(env: Readonly<Record<string, string>> = {}): Promise<Server> {
  const dataDir = await mkdtemp(join(tmpdir(), 'file-upload-e2e-'));
  const settings = { DATA_DIR: dataDir, LOG_LEVEL: 'error', ...env };
  let running = await run({ PORT: '0', S3_PORT: '0', ...settings });
  const { url, s3Endpoint } = running;
  const ports = { PORT: new URL(url).port, S3_PORT: new URL(s3Endpoint).port };

  async function kill(): Promise<void> {
    if (running.child.exitCode !== null || running.child.signalCode !== null) return;
    running.child.kill('SIGKILL');
    await once(running.child, 'exit');
  }
  return {
    url,
    s3Endpoint,
    kill,
    async restart() {
      running = await run({ ...ports, ...settings });
    },
    async remove() {
      await kill();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

interface Running {
  child: ChildProcess;
  url: string;
  s3Endpoint: string;
}

/** Resolves when the server takes requests; rejects with what it wrote when it ends before. */
async function run(env: Record<string, string>): Promise<Running> {
  const child = spawn(process.execPath, [SERVER], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  return await new Promise((resolve, reject) => {
    const read = (line: string) => {
      lines.push(line);
      const [url, s3Endpoint] = [/^File Upload API at (\S+),/, /--endpoint-url (\S+) s3 /].map(
        (pattern) => lines.map((text) => pattern.exec(text)?.[1]).find((found) => found),
      );
      if (url && s3Endpoint) resolve({ child, url, s3Endpoint });
    };
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', read);
    }
    child.on('close', () => reject(new Error(`The server ended:\n${lines.join('\n')}`)));
  });
}
