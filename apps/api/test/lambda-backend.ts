import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded, type Embedded } from '@file-upload/embedded';
import { createClients, ensureMetadataTable } from '@file-upload/storage';

const TABLE = 'files';
export const BASE_URL = 'https://files.example';

/** The stores that a Lambda works on, and the environment that points it at them. */
export interface LambdaBackend {
  embedded: Embedded;
  environment: Record<string, string>;
  close(): Promise<void>;
}

export async function startLambdaBackend(): Promise<LambdaBackend> {
  const dataDir = await mkdtemp(join(tmpdir(), 'file-upload-'));
  const embedded = await startEmbedded({ dataDir, s3Port: 0 });
  const clients = createClients(embedded);
  await ensureMetadataTable(clients.dynamodb, TABLE);
  clients.destroy();
  return {
    embedded,
    environment: {
      BUCKET_NAME: embedded.bucket,
      METADATA_TABLE: TABLE,
      PUBLIC_BASE_URL: BASE_URL,
      LOG_LEVEL: 'silent',
      AWS_REGION: embedded.region,
      AWS_ENDPOINT_URL_S3: embedded.s3Endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: embedded.dynamodbEndpoint,
      AWS_ACCESS_KEY_ID: embedded.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: embedded.credentials.secretAccessKey,
    },
    async close() {
      await embedded.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
