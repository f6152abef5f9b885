/**
 * Runs a command with an AWS of its own: starts MiniStack on a free port of the loopback interface,
 * points the AWS SDKs of the command at it, and stops it when the command ends.
 *
 *     node libs/storage/test/with-ministack.ts nx run-many -t test-aws
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const INSTALL = 'pip install ministack==1.5.33';
const START_MS = 30_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The environment without the developer's own AWS account, so that nothing can reach it. */
function withoutAws(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('AWS_')));
}

/** Resolves when MiniStack answers. @throws Error when it ends, or does not answer in time */
async function ready(
  ministack: ChildProcess,
  endpoint: string,
  interrupted: AbortSignal,
): Promise<void> {
  let output = '';
  ministack.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const failed = new Promise<never>((_, reject) => {
    ministack.once('error', (cause) =>
      reject(new Error(`MiniStack is not installed. Install it: ${INSTALL}`, { cause })),
    );
    ministack.once('exit', () =>
      reject(new Error(`MiniStack did not start. Install it: ${INSTALL}\n${output}`)),
    );
  });
  const answers = async () => {
    const deadline = Date.now() + START_MS;
    while (ministack.exitCode === null && Date.now() < deadline) {
      const response = await fetch(`${endpoint}/_ministack/ready`).catch(() => undefined);
      if (response?.ok) return;
      await sleep(50, undefined, { signal: interrupted });
    }
    throw new Error(`MiniStack did not answer within ${START_MS / 1000} seconds.\n${output}`);
  };
  await Promise.race([answers(), failed]);
}

async function run([command = '', ...args]: string[], interrupted: AbortSignal): Promise<number> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), 'ministack-'));
  const aws = {
    ...withoutAws(),
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local-secret',
  };
  const ministack = spawn('ministack', {
    // AUTH makes it verify signatures and enforce policies, as AWS does.
    env: {
      ...aws,
      AUTH: 'true',
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: '0',
      LOG_LEVEL: 'ERROR',
      // It runs functions with the first `node` there is, which has to be this one.
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      TMPDIR: folder,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(ministack, 'close').catch(() => undefined);
  try {
    await ready(ministack, endpoint, interrupted);
    const env = { ...aws, AWS_ENDPOINT_URL: endpoint };
    const child = spawn(command, args, { env, stdio: 'inherit' });
    interrupted.addEventListener('abort', () => child.kill());
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    ministack.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());
process.once('SIGTERM', () => interruption.abort());
try {
  process.exitCode = await run(process.argv.slice(2), interruption.signal);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
