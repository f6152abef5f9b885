import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { LIMITS } from '@file-upload/shared-types';
import { clientOf, kill, startProcess } from '../test/embedded-process.ts';
import { atEnd, startRunning, temporaryFolder } from '../test/running-embedded.ts';
import { EmbeddedStartError, startEmbedded } from './index.ts';
import { openStore } from './s3/open-store.ts';

const MIN = 5 * 1024 * 1024;

async function startFailure(dataDir: string, s3Port = 0): Promise<EmbeddedStartError> {
  const error: unknown = await startEmbedded({ dataDir, s3Port }).then(
    (embedded) => embedded.close(),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(EmbeddedStartError);
  return error as EmbeddedStartError;
}

test('runs in a thread of its own, and closes when what runs has finished', async () => {
  const dataDir = join(await temporaryFolder(), 'made/as/needed');
  const embedded = await startEmbedded({ dataDir, s3Port: 0 });
  const s3 = clientOf(embedded);
  const body = randomBytes(3_000_000);
  const put = new PutObjectCommand({ Bucket: embedded.bucket, Key: 'k', Body: body });
  await s3.send(put);
  const got = await s3.send(new GetObjectCommand({ Bucket: embedded.bucket, Key: 'k' }));
  const [bytes] = await Promise.all([got.Body?.transformToByteArray(), embedded.close()]);
  expect(Buffer.from(bytes ?? []).equals(body)).toBe(true);
  await embedded.close();
  await expect(fetch(embedded.s3Endpoint)).rejects.toThrow();
  await expect(fetch(embedded.dynamodbEndpoint)).rejects.toThrow();
});

test('makes credentials at the first start, readable by their owner only, and keeps them', async () => {
  const first = await startRunning();
  const { credentials, credentialsFile } = first.embedded;
  expect((await stat(credentialsFile)).mode & 0o777).toBe(0o600);
  expect(await readFile(credentialsFile, 'utf8')).toBe(
    `[default]\naws_access_key_id = ${credentials.accessKeyId}\naws_secret_access_key = ${credentials.secretAccessKey}\n`,
  );
  expect((await first.restart()).embedded.credentials).toEqual(credentials);
  expect((await startRunning()).embedded.credentials).not.toEqual(credentials);
});

test('listens on the loopback interface only', async () => {
  const { embedded } = await startRunning();
  expect(new URL(embedded.s3Endpoint).hostname).toBe('127.0.0.1');
  expect(new URL(embedded.dynamodbEndpoint).hostname).toBe('127.0.0.1');
});

test('refuses a folder that another process has, and takes it when that one is killed', async () => {
  const dataDir = await temporaryFolder();
  const { child, started } = await startProcess(dataDir);
  expect(started.bucket).toBe('file-upload');
  const error = await startFailure(dataDir);
  expect(error.code).toBe('LEVEL_LOCKED');
  expect(error.message).toContain(dataDir);
  expect(error.message).toContain('DATA_DIR');
  await kill(child);
  await (await startEmbedded({ dataDir, s3Port: 0 })).close();
});

test('refuses a port that is taken, and releases the folder', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => once(server.close(), 'close'));
  const { port } = server.address() as AddressInfo;
  const dataDir = await temporaryFolder();
  const error = await startFailure(dataDir, port);
  expect(error.code).toBe('EADDRINUSE');
  expect(error.message).toContain(String(port));
  expect(error.message).toContain('S3_PORT');
  await (await startEmbedded({ dataDir, s3Port: 0 })).close();
});

test('refuses a folder that cannot be made', async () => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, '');
  for (const dataDir of [file, join(file, 'below')]) {
    const error = await startFailure(dataDir);
    expect(error.code).toMatch(/^(EEXIST|ENOTDIR)$/);
    expect(error.message).toContain(dataDir);
    expect(error.message).toContain('DATA_DIR');
  }
});

test('refuses credentials it cannot read', async () => {
  const dataDir = await temporaryFolder();
  await writeFile(join(dataDir, 'aws-credentials'), 'nonsense');
  expect((await startFailure(dataDir)).message).toContain('aws-credentials');
});

test('the death of the thread is an uncaught exception of the process', async () => {
  const program = new URL('../test/dying-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--no-warnings', program, await temporaryFolder()], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  atEnd(() => kill(child));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(stderr).toContain('The embedded S3 and DynamoDB ended');
});

test('keeps everything it acknowledged when it is killed, and nothing else', async () => {
  const dataDir = await temporaryFolder();
  const bodies = new Map<string, Buffer>();
  const parts: { PartNumber: number; ETag: string | undefined; body: Buffer }[] = [];
  let uploadId = '';
  for (const round of [1, 2]) {
    const { child, s3, started } = await startProcess(dataDir);
    const { bucket: Bucket } = started;
    const put = async (Key: string, size: number): Promise<void> => {
      const Body = randomBytes(size);
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
      bodies.set(Key, Body);
    };
    if (round === 1) {
      const created = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'mp' }));
      uploadId = created.UploadId ?? '';
    }
    const part = async (PartNumber: number): Promise<void> => {
      const body = randomBytes(MIN);
      const command = { Bucket, Key: 'mp', UploadId: uploadId, PartNumber, Body: body };
      const { ETag } = await s3.send(new UploadPartCommand(command));
      parts.push({ PartNumber, ETag, body });
    };
    // Writers go on until the process is killed beneath them.
    let acknowledged = 0;
    let killed: Promise<void> | undefined;
    const writer = async (name: string, write: (i: number) => Promise<void>): Promise<void> => {
      for (let i = 0; !killed; i++) {
        await write(i);
        acknowledged += 1;
        if (acknowledged === 60) killed = kill(child);
      }
    };
    await Promise.allSettled([
      ...['a', 'b', 'c'].map((name) => writer(name, (i) => put(`${round}/${name}${i}`, 1024))),
      ...['d', 'e'].map((name) => writer(name, (i) => put(`${round}/${name}${i}`, 300_000))),
      writer('mp', (i) => part((round - 1) * 1000 + i + 1)),
    ]);
    await killed;
  }

  const { s3, bucket: Bucket, reported } = await startRunning(dataDir);
  for (const [Key, body] of bodies) {
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
  }
  // What was not acknowledged may be there, but then it is whole: the SDK verifies its checksum.
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  for (const { Key = '' } of Contents) {
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    const bytes = Buffer.from((await got.Body?.transformToByteArray()) ?? []);
    expect(`"${createHash('md5').update(bytes).digest('hex')}"`).toBe(got.ETag);
  }
  const { Parts = [] } = await s3.send(
    new ListPartsCommand({ Bucket, Key: 'mp', UploadId: uploadId }),
  );
  for (const { PartNumber, ETag } of parts) {
    expect(Parts.find((part) => part.PartNumber === PartNumber)?.ETag).toBe(ETag);
  }
  expect(await readdir(join(dataDir, 's3/tmp'))).toEqual([]);
  const files = await readdir(join(dataDir, 's3/blobs'), { recursive: true });
  const large = Contents.filter(({ Size = 0 }) => Size > 100_000);
  expect(files.filter((name) => name.includes('/'))).toHaveLength(large.length + Parts.length);

  await s3.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key: 'mp',
      UploadId: uploadId,
      MultipartUpload: { Parts },
    }),
  );
  const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'mp' }));
  expect(ContentLength).toBe(Parts.length * MIN);
  const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  expect(Uploads).toBeUndefined();
  expect(reported).toEqual([]);
});

test('removes at the start what a crash has left', async () => {
  const first = await startRunning();
  const { s3, bucket: Bucket, dataDir } = first;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: randomBytes(100_000) }));
  const shelf = join(dataDir, 's3/blobs/00');
  await mkdir(shelf, { recursive: true });
  await writeFile(join(shelf, '00000000-0000-4000-8000-000000000000'), 'orphan');
  await writeFile(join(dataDir, 's3/tmp/torn'), 'torn');
  const second = await first.restart();
  const files = await readdir(join(dataDir, 's3'), { recursive: true });
  expect(files.filter((name) => /orphan|torn|00000000-/.test(name))).toEqual([]);
  const got = await second.s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  expect((await got.Body?.transformToByteArray())?.length).toBe(100_000);
});

test('removes at the start the multipart uploads that are too old to be finished', async () => {
  const first = await startRunning();
  const { s3, bucket: Bucket, dataDir } = first;
  const begin = async (Key: string): Promise<string> => {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = { Bucket, Key, UploadId, PartNumber: 1, Body: randomBytes(100_000) };
    await s3.send(new UploadPartCommand(part));
    return UploadId!;
  };
  const old = await begin('old');
  await begin('new');
  await first.embedded.close();

  const store = await openStore(join(dataDir, 's3'), Bucket);
  const upload = store.index.upload(Bucket, 'old', old)!;
  const initiatedAt = Date.now() - LIMITS.pendingSeconds * 1000 - 1;
  await store.index.commit([store.index.putUpload({ ...upload, initiatedAt })]);
  await store.index.close();

  const second = await startRunning(dataDir);
  const { Uploads } = await second.s3.send(new ListMultipartUploadsCommand({ Bucket }));
  expect(Uploads?.map(({ Key }) => Key)).toEqual(['new']);
  const blobs = await readdir(join(dataDir, 's3/blobs'), { recursive: true, withFileTypes: true });
  expect(blobs.filter((entry) => entry.isFile())).toHaveLength(1);
});
