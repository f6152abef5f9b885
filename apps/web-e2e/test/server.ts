import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SERVER = join(import.meta.dirname, '../../api/src/server.ts');

/** The service as its users start it, with a folder of its own. */
export interface Server {
  url: string;
  s3Endpoint: string;
  /** The environment of another one that runs on the bucket and the table of this, as of AWS. */
  deployment: Readonly<Record<string, string>>;
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
  const { url, s3Endpoint, dynamodbEndpoint } = running;
  const ports = { PORT: portOf(url), S3_PORT: portOf(s3Endpoint) };

  async function kill(): Promise<void> {
    if (running.child.exitCode !== null || running.child.signalCode !== null) return;
    running.child.kill('SIGKILL');
    await once(running.child, 'exit');
  }
  return {
    url,
    s3Endpoint,
    deployment: {
      BUCKET_NAME: 'file-upload',
      METADATA_TABLE: 'files',
      AWS_ENDPOINT_URL_S3: s3Endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
      AWS_SHARED_CREDENTIALS_FILE: join(dataDir, 'aws-credentials'),
    },
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

/** 0, which is any, where there is none. */
function portOf(url: string): string {
  return /:(\d+)$/.exec(url)?.[1] ?? '0';
}

interface Running {
  child: ChildProcess;
  url: string;
  /** Empty where the stores are not its own. */
  s3Endpoint: string;
  dynamodbEndpoint: string;
}

/** What the server writes when it takes requests. */
const URL_LINE = /^File Upload API at (\S+),/m;
const S3_LINE = /--endpoint-url (\S+) s3 .*\n/;
const DYNAMODB_LINE = /--endpoint-url (\S+) dynamodb .*\n/;

/** Resolves when the server takes requests; rejects with what it wrote when it ends before. */
async function run(env: Record<string, string>): Promise<Running> {
  const child = spawn(process.execPath, [SERVER], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  return await new Promise((resolve, reject) => {
    const read = (text: string) => {
      written += text;
      const [url, s3Endpoint = '', dynamodbEndpoint = ''] = [URL_LINE, S3_LINE, DYNAMODB_LINE].map(
        (pattern) => pattern.exec(written)?.[1],
      );
      const isReady = dynamodbEndpoint !== '' || 'BUCKET_NAME' in env;
      if (url && isReady) resolve({ child, url, s3Endpoint, dynamodbEndpoint });
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', read);
    child.on('close', () => reject(new Error(`The server ended:\n${written}`)));
  });
}
