import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { startEmbedded, type Embedded } from '@file-upload/embedded';
import { ANONYMOUS, LIMITS, objectKey } from '@file-upload/shared-types';
import { ensureMetadataTable, type FileRow } from '@file-upload/storage';
import { createTasks, type FileRules, type TaskName } from '@file-upload/workflow';
import { newFileId } from '../src/file-id.ts';
import { receiveFile, type NewFile } from '../src/store-file.ts';
import type { createStores } from '../src/stores.ts';
import { createPatientStores } from './patient-stores.ts';
import { createRecordedStores } from './recorded-calls.ts';

const TABLE = 'files';

export type StoresWithClients = ReturnType<typeof createStores>;

/** What the service takes where nothing else is said. */
export const RULES: FileRules = {
  types: { allowed: [], denied: [] },
  maxFileBytes: LIMITS.maxObjectBytes,
  publicRead: true,
};

/** Embedded stores in a folder of their own, and nothing that works on them. */
export interface BareStores {
  /** For the tests themselves. */
  stores: StoresWithClients;
  /** For the command: its calls are recorded. */
  recordedStores: StoresWithClients;
  embedded: Embedded;
  close(): Promise<void>;
}

export async function startStores(): Promise<BareStores> {
  const dataDir = await mkdtemp(join(tmpdir(), 'file-upload-'));
  const embedded = await startEmbedded({ dataDir, s3Port: 0 });
  const stores = createPatientStores({ ...embedded, table: TABLE });
  const recordedStores = createRecordedStores('reindex', { ...embedded, table: TABLE });
  await ensureMetadataTable(stores.clients.dynamodb, TABLE);
  return {
    stores,
    recordedStores,
    embedded,
    async close() {
      recordedStores.clients.destroy();
      stores.clients.destroy();
      await embedded.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A picture, 3 pixels wide and 2 high. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAC0lEQVR4nGNggAAAAAgAAbdYc5UAAAAASUVORK5CYII=',
  'base64',
);

export const sha256 = (bytes: Uint8Array) =>
  ({ algorithm: 'SHA256', value: createHash('sha256').update(bytes).digest('base64') }) as const;

/** Stores a file as the service does, up to its row that says UPLOADED. */
export async function storeFile(
  stores: StoresWithClients,
  file: Partial<NewFile> = {},
  bytes: Uint8Array = Buffer.from('some bytes'),
): Promise<FileRow> {
  const received = await receiveFile(
    stores,
    {
      fileName: 'a file.txt',
      contentType: 'text/plain',
      visibility: 'private',
      owner: ANONYMOUS,
      ...file,
    },
    (async function* () {
      yield bytes;
    })(),
    { maxInlineBytes: LIMITS.serverInlineBytes, maxFileBytes: LIMITS.maxObjectBytes },
  );
  return await received.finish();
}

/** Puts an object as a program does that knows nothing of the service. */
export async function putObject(
  { clients }: StoresWithClients,
  key: string,
  bytes: Uint8Array,
  contentType = 'text/plain',
): Promise<void> {
  await clients.s3.send(
    new PutObjectCommand({
      Bucket: 'file-upload',
      Key: key,
      Body: bytes,
      ContentType: contentType,
    }),
  );
}

/** Runs the tasks of the state machine for an object, as they run after it was created. */
export async function runWorkflow(stores: StoresWithClients, key: string): Promise<void> {
  const runTask = createTasks({ ...stores, rules: RULES, baseUrl: () => 'http://files.test' });
  const object = await stores.objects.head(key);
  let state: unknown = {
    id: key,
    source: 'aws.s3',
    'detail-type': 'Object Created',
    time: new Date().toISOString(),
    detail: {
      bucket: { name: 'file-upload' },
      object: { key, size: object?.size ?? 0, etag: object?.etag ?? '' },
    },
  };
  const run = async (task: TaskName) => {
    state = await runTask({ task, input: state, retries: 0 });
  };
  await run('ValidateFile');
  const { status } = (state as { validation: { status: string } }).validation;
  if (status === 'NONE') return;
  await run(status === 'VALID' ? 'ProcessFile' : 'RejectFile');
  await run('RecordNotified');
}

/** A row that reserves an id, as an upload makes it before its bytes arrive. */
export async function reserve(
  { metadata }: StoresWithClients,
  row: Partial<FileRow> = {},
): Promise<FileRow> {
  const file_id = newFileId();
  return await metadata.claim({
    file_id,
    file_name: 'reserved.txt',
    content_type: 'text/plain',
    s3_key: objectKey(file_id, 'reserved.txt'),
    upload_time: new Date().toISOString(),
    validation_status: 'PENDING',
    visibility: 'private',
    owner: ANONYMOUS,
    expires_at: Math.floor(Date.now() / 1000) + 3600,
    ...row,
  });
}

/** The whole table, by file. */
export async function readTable({ metadata }: StoresWithClients): Promise<Map<string, FileRow>> {
  const rows: FileRow[] = [];
  for await (const row of metadata.scan()) rows.push(row);
  rows.sort((a, b) => (a.file_id < b.file_id ? -1 : 1));
  return new Map(rows.map((row) => [row.file_id, row]));
}

/** A row without what only the table knows: what was announced, and the times of what happened. */
export function rebuildable({ history: _, announced: __, ...row }: FileRow): FileRow {
  return row;
}

/** The keys and tags of all objects. */
export async function readBucket({
  objects,
}: StoresWithClients): Promise<Map<string, Record<string, string>>> {
  const tags = new Map<string, Record<string, string>>();
  for await (const { key } of objects.list()) tags.set(key, await objects.getTags(key));
  return tags;
}

/** Loses the table. */
export async function emptyTable(stores: StoresWithClients): Promise<void> {
  for (const fileId of (await readTable(stores)).keys()) await stores.metadata.remove(fileId);
}
