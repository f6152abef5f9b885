import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningServer } from '../test/server-process.ts';

/** How AWS clients reach the embedded stores of a running server. */
export interface Backend {
  s3Endpoint: string;
  dynamodbEndpoint: string;
  region: string;
  bucket: string;
  table: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** The stores of `server`, whose files are in `dataDir`. */
export async function backendOf(server: RunningServer, dataDir: string): Promise<Backend> {
  const file = await readFile(join(dataDir, 'aws-credentials'), 'utf8');
  const read = (name: string) => new RegExp(`^${name}\\s*=\\s*(\\S+)`, 'm').exec(file)?.[1] ?? '';
  return {
    s3Endpoint: server.s3Endpoint,
    dynamodbEndpoint: server.dynamodbEndpoint,
    region: 'us-east-1',
    bucket: 'file-upload',
    table: 'files',
    credentials: {
      accessKeyId: read('aws_access_key_id'),
      secretAccessKey: read('aws_secret_access_key'),
    },
  };
}
