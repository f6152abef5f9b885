import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { EmbeddedStartError, startEmbedded } from '@file-upload/embedded';
import { AppError } from '@file-upload/shared-types';
import { ensureMetadataTable } from '@file-upload/storage';
import { ConfigError, readConfig, type Config } from './config.ts';
import {
  commandToGoOn,
  OptionError,
  readOptions,
  USAGE,
  type ReindexCommand,
} from './reindex-options.ts';
import { createProgress } from './reindex-progress.ts';
import { describeReport } from './reindex-report.ts';
import { reindex } from './reindex-table.ts';
import { createStores } from './stores.ts';

const TABLE = 'files';
const INTERRUPTED = 130;
/** Signals that arrive within this time are one. */
const ONE_KEY_PRESS_MS = 500;

/** The stores on AWS, or the embedded ones under `DATA_DIR`, which nobody else may have open. */
async function openStores({ aws, dataDir, s3Port }: Config, command: ReindexCommand) {
  if (aws) return { ...createStores(aws), isShared: true, close: () => Promise.resolve() };
  if (!existsSync(dataDir)) {
    throw new ConfigError(
      `There is no data folder ${dataDir}. Set DATA_DIR to the one to rebuild.`,
    );
  }
  const embedded = await startEmbedded({ dataDir, s3Port: 0 }).catch((error: unknown) => {
    const isLocked = error instanceof EmbeddedStartError && error.code === 'LEVEL_LOCKED';
    throw isLocked ? new ConfigError(lockedMessage(dataDir, s3Port, command)) : error;
  });
  const stores = createStores({ ...embedded, table: TABLE });
  await ensureMetadataTable(stores.clients.dynamodb, TABLE).catch(async (error: unknown) => {
    await embedded.close();
    throw error;
  });
  return { ...stores, isShared: false, close: () => embedded.close() };
}

function lockedMessage(dataDir: string, s3Port: number, command: ReindexCommand): string {
  const s3 = s3Port === 0 ? '<of S3>' : `http://127.0.0.1:${s3Port}`;
  const variables = [
    'BUCKET_NAME=file-upload',
    `METADATA_TABLE=${TABLE}`,
    `AWS_ENDPOINT_URL_S3=${s3}`,
    'AWS_ENDPOINT_URL_DYNAMODB=<of DynamoDB>',
    `AWS_SHARED_CREDENTIALS_FILE='${resolve(dataDir, 'aws-credentials')}'`,
  ];
  return `Another process, probably the server, is using the data folder ${dataDir}. Stop it, or work through the endpoints that it printed at its start: ${variables.join(' ')} ${commandToGoOn(command, command.startAfter)}`;
}

async function main(command: ReindexCommand): Promise<number> {
  const config = readConfig(process.env);
  const signal = askedToStop();
  const progress = createProgress(process.stderr);
  const stores = await openStores(config, command);
  try {
    const { report, position, stopped } = await reindex(
      { ...stores, rules: config.rules },
      {
        ...command,
        requestMs: stores.isShared ? undefined : 0,
        signal,
        onProgress: (state) => progress.update(state),
        // Quoted: a key may hold what a terminal obeys.
        onFailure: (name, error) => progress.say(`${JSON.stringify(name)}: ${describe(error)}`),
      },
    );
    progress.end();
    console.log(command.json ? JSON.stringify(report) : describeReport(report));
    if (!stopped) return report.failures > 0 ? 1 : 0;

    const variables = stores.isShared ? ' the same variables and' : '';
    const goOn = `Go on with${variables}: ${commandToGoOn(command, position)}`;
    if (stopped === 'interrupted') {
      console.error(`Interrupted. ${goOn}`);
      return INTERRUPTED;
    }
    console.error(`It cannot go on: ${describe(stopped.error)} ${goOn}`);
    return 1;
  } finally {
    stores.clients.destroy();
    await stores.close();
  }
}

/**
 * A signal for the first time that somebody asks to stop. The second one ends the process at once,
 * unless it is the same key press: a terminal and a task runner both pass on Ctrl-C.
 */
function askedToStop(): AbortSignal {
  const controller = new AbortController();
  let askedAt: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      askedAt ??= performance.now();
      if (performance.now() - askedAt > ONE_KEY_PRESS_MS) process.exit(INTERRUPTED);
      controller.abort();
    });
  }
  return controller.signal;
}

/** An error in one line; what is no store's fault keeps its stack. */
function describe(error: unknown): string {
  if (!(error instanceof AppError)) return String((error as Error).stack ?? error);
  const cause = error.cause instanceof Error ? ` (${error.cause.name})` : '';
  return `${error.code}: ${error.message}${cause}`;
}

try {
  const command = readOptions(process.argv.slice(2));
  if (command.help) console.log(USAGE);
  else process.exitCode = await main(command);
} catch (error) {
  // What the user can put right is told in one line; a defect keeps its stack.
  const known = [ConfigError, EmbeddedStartError, OptionError].some(
    (kind) => error instanceof kind,
  );
  console.error(known ? (error as Error).message : error);
  process.exitCode = 1;
}
