import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded, type Embedded } from '@file-upload/embedded';
import type { FileMetadata, Problem } from '@file-upload/shared-types';
import { ensureMetadataTable } from '@file-upload/storage';
import { EVERY_FILE } from '@file-upload/workflow';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../src/app.ts';
import { swaggerUiFolder } from '../src/docs-folder.ts';
import { builtPageFolder } from '../src/page-folder.ts';
import type { NotificationFeed, Settings } from '../src/services.ts';
import type { createStores } from '../src/stores.ts';
import { createPatientStores } from './patient-stores.ts';
import { createRecordedStores } from './recorded-calls.ts';

const TABLE = 'files';

/** What a test that says nothing has. */
export const SETTINGS: Omit<Settings, 'baseUrl'> = {
  defaultVisibility: 'private',
  maxInlineBytes: 64 * 1024 ** 2,
  rules: EVERY_FILE,
  cors: { origins: '*', credentials: false },
  docsFolder: swaggerUiFolder(),
  pageFolder: builtPageFolder(),
  slowBodyMs: 30_000,
};

/** A running service with embedded stores of its own. */
export interface Service {
  app: FastifyInstance;
  url: string;
  /** For the tests themselves. */
  stores: ReturnType<typeof createStores>;
  /** For what is tested: its calls are recorded. */
  recordedStores: ReturnType<typeof createStores>;
  embedded: Embedded;
  close(): Promise<void>;
}

export interface ServiceOptions {
  settings?: Partial<Settings>;
  /** Put between the api and its stores, such as a proxy that makes faults. */
  endpoints?: (embedded: Embedded) => { s3Endpoint?: string; dynamodbEndpoint?: string };
  notifications?: NotificationFeed;
}

/** Starts the service in this process, on free ports and in a folder of its own. */
export async function startService({
  settings,
  endpoints,
  notifications,
}: ServiceOptions = {}): Promise<Service> {
  const dataDir = await mkdtemp(join(tmpdir(), 'file-upload-'));
  const embedded = await startEmbedded({ dataDir, s3Port: 0 });
  const direct = createPatientStores({ ...embedded, table: TABLE });
  await ensureMetadataTable(direct.clients.dynamodb, TABLE);
  const stores = createRecordedStores('lambda', {
    ...embedded,
    ...endpoints?.(embedded),
    table: TABLE,
  });

  let url = '';
  const app = await buildApp({
    objects: stores.objects,
    metadata: stores.metadata,
    notifications,
    logger: false,
    settings: {
      baseUrl: () => url,
      ...SETTINGS,
      ...settings,
    },
  });
  url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    app,
    url,
    stores: direct,
    recordedStores: stores,
    embedded,
    async close() {
      await app.close();
      stores.clients.destroy();
      direct.clients.destroy();
      await embedded.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The body of an answer, as what the contract says it is. */
export async function json<T = { file_id: string; metadata: FileMetadata } & Problem>(
  response: Response,
): Promise<T> {
  return (await response.json()) as T;
}

/** A form with one file, the way a browser sends it. */
export function formOf(
  bytes: Uint8Array | string,
  name = 'file.bin',
  fields: Record<string, string> = {},
): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('file', new Blob([bytes]), name);
  return form;
}
