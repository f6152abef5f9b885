import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { S3Client } from '@aws-sdk/client-s3';
import type { EmbeddedAddresses } from '../src/embedded.ts';
import { atEnd } from './running-embedded.ts';

interface Started extends EmbeddedAddresses {
  name?: string;
  code?: string;
  message?: string;
}

/** Runs the servers in a process of their own, which can be killed. */
export async function startProcess(
  dataDir: string,
  s3Port = 0,
): Promise<{ child: ChildProcess; started: Started; s3: S3Client }> {
  const program = new URL('./server-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--no-warnings', program, dataDir, String(s3Port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  });
  atEnd(() => kill(child));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const started = JSON.parse(line) as Started;
  return { child, started, s3: clientOf(started) };
}

export function clientOf({ s3Endpoint, credentials }: EmbeddedAddresses): S3Client {
  const s3 = new S3Client({
    endpoint: s3Endpoint ?? 'http://127.0.0.1',
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
  atEnd(() => Promise.resolve(s3.destroy()));
  return s3;
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
