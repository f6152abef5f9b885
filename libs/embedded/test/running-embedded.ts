import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Embedded } from '../src/embedded.ts';
import { runEmbedded } from '../src/run-embedded.ts';

/** An embedded server with a folder of its own, and the SDK's client for it. */
export interface Running {
  embedded: Embedded;
  dataDir: string;
  bucket: string;
  s3: S3Client;
  client: (config?: S3ClientConfig) => S3Client;
  /** Stops the server and starts another on the same folder. */
  restart: () => Promise<Running>;
  /** What the server reported as its own errors. */
  reported: unknown[];
}

/** The SDK warns of an empty string as of a stream of unknown length. */
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function atEnd(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup);
}

/** A folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function startRunning(dataDir?: string): Promise<Running> {
  const folder = dataDir ?? (await temporaryFolder());
  const reported: unknown[] = [];
  const embedded = await runEmbedded({ dataDir: folder, s3Port: 0 }, (error) =>
    reported.push(error),
  );
  atEnd(() => embedded.close());
  const client = (config: S3ClientConfig = {}): S3Client => {
    const made = new S3Client({
      endpoint: embedded.s3Endpoint,
      region: embedded.region,
      credentials: embedded.credentials,
      forcePathStyle: true,
      maxAttempts: 1,
      logger: quiet,
      ...config,
    });
    atEnd(() => Promise.resolve(made.destroy()));
    return made;
  };
  return {
    embedded,
    dataDir: folder,
    bucket: embedded.bucket,
    s3: client(),
    client,
    reported,
    async restart() {
      await embedded.close();
      return startRunning(folder);
    },
  };
}

/** What an SDK call was refused with. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ code: string; status: number | undefined; message: string }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & {
      $metadata?: { httpStatusCode?: number };
    };
    return { code: name, status: $metadata?.httpStatusCode, message };
  }
  throw new Error('The call was not refused.');
}
