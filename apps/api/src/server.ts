import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import {
  createWorkflowRunner,
  EmbeddedStartError,
  openNotificationLog,
  startEmbedded,
} from '@file-upload/embedded';
import { LIMITS } from '@file-upload/shared-types';
import { allowUploadsFrom, ensureMetadataTable } from '@file-upload/storage';
import { createTasks } from '@file-upload/workflow';
import { buildApp } from './app.ts';
import { ConfigError, readConfig, type Config } from './config.ts';
import { swaggerUiFolder } from './docs-folder.ts';
import { endExpiredUploadsHourly } from './expired-uploads.ts';
import { builtPageFolder } from './page-folder.ts';
import { serverUsage } from './server-usage.ts';
import { createStores } from './stores.ts';
import { uploadOrigins } from './upload-origins.ts';

const MIN_NODE = 24;
/** Signals that arrive within this time are one. */
const ONE_KEY_PRESS_MS = 500;
const TABLE = 'files';

/** What the service runs on: AWS, or the embedded stand-ins under `DATA_DIR`. */
async function openBackend({ aws, dataDir, s3Port, rules }: Config) {
  if (aws) {
    return {
      ...createStores(aws),
      description: [`Bucket ${aws.bucket} and table ${aws.table} in ${aws.region}.`],
      // EventBridge and Step Functions start it there.
      startWorkflow: () => ({ stop: () => Promise.resolve() }),
      // The bucket's lifecycle and the table's TTL do that there.
      endExpiredUploads: () => ({ stop: () => Promise.resolve() }),
      // The deployment did.
      allowUploadsFrom: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
  }
  const embedded = await startEmbedded({ dataDir, s3Port });
  const stores = createStores({ ...embedded, table: TABLE });
  await ensureMetadataTable(stores.clients.dynamodb, TABLE);
  const notifications = await openNotificationLog(join(dataDir, 'notifications.ndjson'));
  return {
    ...stores,
    notifications,
    startWorkflow(baseUrl: () => string, report: (error: unknown) => void) {
      const run = createWorkflowRunner({
        runTask: createTasks({ ...stores, rules, baseUrl }),
        publish: ({ Message }) => notifications.append(JSON.parse(Message) as object),
      });
      return embedded.deliver(run, { report });
    },
    endExpiredUploads: (report: (error: unknown) => void) =>
      endExpiredUploadsHourly(stores, report),
    allowUploadsFrom: (origins: string[]) =>
      allowUploadsFrom(stores.clients.s3, embedded.bucket, origins),
    description: [
      `Files are kept in ${dataDir}. To look at them with the AWS CLI:`,
      `  export AWS_SHARED_CREDENTIALS_FILE='${resolve(embedded.credentialsFile)}' AWS_DEFAULT_REGION=${embedded.region}`,
      `  aws --endpoint-url ${embedded.s3Endpoint} s3 ls s3://${embedded.bucket}`,
      `  aws --endpoint-url ${embedded.dynamodbEndpoint} dynamodb scan --table-name ${TABLE}`,
    ],
    async close() {
      await notifications.close();
      await embedded.close();
    },
  };
}

async function main(): Promise<void> {
  if (Number(process.versions.node.split('.')[0]) < MIN_NODE) {
    throw new ConfigError(
      `This is Node ${process.versions.node}; the server needs ${MIN_NODE}, which npm installs beside it. Start it with: npx nx serve api`,
    );
  }
  const [argument] = process.argv.slice(2);
  if (argument === '--help' || argument === '-h') return console.log(serverUsage());
  if (argument !== undefined) {
    throw new ConfigError(
      `The server has no option ${argument}. Its settings are environment variables, such as PORT=4000 npm start; npm start -- --help lists them.`,
    );
  }
  const config = readConfig(process.env);
  const backend = await openBackend(config);

  let address = '';
  const baseUrl = () => config.publicBaseUrl ?? address;
  const app = await buildApp({
    ...backend,
    logger: { level: config.logLevel },
    settings: {
      baseUrl,
      defaultVisibility: config.defaultVisibility,
      maxInlineBytes: config.maxInlineBytes,
      rules: config.rules,
      cors: config.cors,
      uploadTokenSecret: config.uploadTokenSecret,
      docsFolder: swaggerUiFolder(),
      pageFolder: builtPageFolder(),
      slowBodyMs: LIMITS.slowBodyMs,
    },
  });
  try {
    address = await app.listen({ port: config.port, host: config.host });
  } catch (error) {
    await backend.close();
    const { code, message } = error as Error & { code?: string };
    throw new ConfigError(
      code === 'EADDRINUSE'
        ? `Port ${config.port} is taken. Set PORT to another one, or to 0 for any.`
        : `The API cannot listen on HOST ${config.host}, PORT ${config.port}: ${message}.`,
    );
  }
  await backend.allowUploadsFrom(uploadOrigins(config.cors, baseUrl(), address));
  const workflow = backend.startWorkflow(baseUrl, (error) =>
    app.log.error({ err: error }, 'The workflow failed; it is tried again.'),
  );
  const expiry = backend.endExpiredUploads((error) =>
    app.log.error({ err: error }, 'Expired uploads are not removed; it is tried again.'),
  );
  console.log(
    [
      `File Upload API at ${address}, upload page at ${address}/, reference at ${address}/docs`,
      ...backend.description,
    ].join('\n'),
  );

  const signal = await askedToStop();
  console.log(`${signal}: finishing running requests. Send it again to stop at once.`);
  await app.close();
  await workflow.stop();
  await expiry.stop();
  backend.clients.destroy();
  await backend.close();
}

/**
 * Resolves at the first signal that asks to stop. A second one, of either kind, is obeyed at once,
 * unless it is the same key press: a terminal and a task runner both pass on Ctrl-C.
 */
async function askedToStop(): Promise<NodeJS.Signals> {
  return await new Promise((resolve) => {
    let askedAt: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        askedAt ??= performance.now();
        if (performance.now() - askedAt > ONE_KEY_PRESS_MS) {
          process.exit(128 + constants.signals[signal]);
        }
        resolve(signal);
      });
    }
  });
}

try {
  await main();
} catch (error) {
  // What the user can put right is told in one line; a defect keeps its stack.
  const known = error instanceof ConfigError || error instanceof EmbeddedStartError;
  console.error(known ? error.message : error);
  process.exitCode = 1;
}
