import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCredentials } from './credentials-file.ts';
import { startDynamodb } from './dynamodb.ts';
import type { Embedded, EmbeddedOptions } from './embedded.ts';
import { deliverEvents, type EventSource } from './event-delivery.ts';
import { listenOnLoopback } from './listening.ts';
import { REGION } from './s3/authenticate.ts';
import { openStore } from './s3/open-store.ts';
import { createS3Server } from './s3/s3-server.ts';
import { startError } from './start-error.ts';

const BUCKET = 'file-upload';
const IDLE_MILLIS = 60_000;

/**
 * Runs S3 and DynamoDB in the thread it is called in.
 *
 * @param report is told of every error that is the servers' own
 * @throws EmbeddedStartError, and leaves nothing running
 */
export async function runEmbedded(
  options: EmbeddedOptions,
  report: (error: unknown) => void,
): Promise<Embedded & { events: EventSource }> {
  const { dataDir } = options;
  // Undone in reverse order, at a failed start as at the end.
  const closers: (() => Promise<void>)[] = [];
  const closing = new AbortController();
  const close = async (): Promise<void> => {
    closing.abort();
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    await mkdir(dataDir, { recursive: true });
    const store = await openStore(join(dataDir, 's3'), BUCKET);
    closers.push(() => store.index.close());
    const credentialsFile = join(dataDir, 'aws-credentials');
    const credentials = await loadCredentials(credentialsFile);
    const s3 = await listenOnLoopback(
      createS3Server({ store, credentials, report, idleMillis: IDLE_MILLIS }),
      options.s3Port,
    );
    closers.push(s3.close);
    const dynamodb = await startDynamodb(join(dataDir, 'dynamodb'), credentials);
    closers.push(dynamodb.close);
    const events: EventSource = { ...store.events, closing: closing.signal };
    return {
      s3Endpoint: s3.endpoint,
      dynamodbEndpoint: dynamodb.endpoint,
      region: REGION,
      bucket: BUCKET,
      credentials,
      credentialsFile,
      events,
      deliver: (handle, options) => deliverEvents(events, handle, options),
      close,
    };
  } catch (error) {
    await close();
    throw startError(error, options);
  }
}
