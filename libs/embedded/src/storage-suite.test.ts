import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storageSuite } from '@file-upload/storage/suite';
import { startEmbedded } from './index.ts';

storageSuite('the embedded S3 and DynamoDB', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'embedded-'));
  const { bucket, close, ...clients } = await startEmbedded({ dataDir, s3Port: 0 });
  return {
    clients,
    bucket,
    async stop() {
      await close();
      await rm(dataDir, { recursive: true });
    },
  };
});
