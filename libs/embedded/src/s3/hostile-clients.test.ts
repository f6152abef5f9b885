import { open as openFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { listenOnLoopback } from '../listening.ts';
import { atEnd, refusal, startRunning, temporaryFolder } from '../../test/running-embedded.ts';
import type { OpenFile } from './blob-store.ts';
import type { Change } from './object-index.ts';
import { openStore } from './open-store.ts';
import { createS3Server } from './s3-server.ts';

const credentials = { accessKeyId: 'LOCAL', secretAccessKey: 'secret' };

/** A server on a disk, or with a patience, of the test's choosing. */
async function startServer(options: { openFile?: OpenFile; idleMillis?: number } = {}) {
  const folder = await temporaryFolder();
  const store = await openStore(folder, 'file-upload', options.openFile);
  const reported: unknown[] = [];
  const server = createS3Server({
    store,
    credentials,
    idleMillis: options.idleMillis ?? 60_000,
    report: (error) => reported.push(error),
  });
  const { endpoint, close } = await listenOnLoopback(server, 0);
  const s3 = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
  });
  atEnd(async () => {
    s3.destroy();
    await close();
    await store.index.close();
  });
  return { s3, endpoint, folder, store, reported };
}

/** Opens files whose writes fail once `failing` is set, as they do on a full disk. */
function fillableDisk() {
  const disk = { failing: false };
  const full = (): Error =>
    Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const open: OpenFile = async (...args) => {
    const file = await openFile(...args);
    if (disk.failing && args[1] === 'wx') file.writev = () => Promise.reject(full());
    return file;
  };
  return { disk, open };
}

test('a full disk is said to be full, once, and what fails leaves nothing behind', async () => {
  const { disk, open } = fillableDisk();
  const { s3, folder, reported } = await startServer({ openFile: open });
  const put = (Key: string) =>
    s3.send(new PutObjectCommand({ Bucket: 'file-upload', Key, Body: Buffer.alloc(3_000_000) }));
  await put('before');
  disk.failing = true;
  expect(await refusal(put('during'))).toMatchObject({ code: 'InsufficientStorage', status: 507 });
  expect(reported).toHaveLength(1);
  expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  disk.failing = false;
  await put('after');
  const head = (Key: string) => s3.send(new HeadObjectCommand({ Bucket: 'file-upload', Key }));
  expect(await head('before')).toMatchObject({ ContentLength: 3_000_000 });
  expect((await refusal(head('during'))).status).toBe(404);
});

test('an index that could not be written is opened again as soon as it can be', async () => {
  const { s3, store, folder, reported } = await startServer();
  const put = (Key: string) =>
    s3.send(new PutObjectCommand({ Bucket: 'file-upload', Key, Body: 'x' }));
  await put('before');
  const index = join(folder, 'index');
  await rename(index, `${index}.away`);
  await writeFile(index, 'not a folder');
  const unwritable = { ...store.index.deleteBucket('none'), key: null } as unknown as Change;
  await expect(store.index.commit([unwritable])).rejects.toThrow();
  expect((await refusal(put('during'))).status).toBe(500);
  await rm(index);
  await rename(`${index}.away`, index);
  await put('after');
  const got = await s3.send(new GetObjectCommand({ Bucket: 'file-upload', Key: 'before' }));
  expect(await got.Body?.transformToString()).toBe('x');
  expect(reported).not.toEqual([]);
});

test('an index that was closed stays closed', async () => {
  const folder = await temporaryFolder();
  const { index } = await openStore(folder, 'file-upload');
  await Promise.all([index.commit([index.putStarts(7)]), index.close()]);
  await expect(index.commit([index.putStarts(8)])).rejects.toThrow();
  await index.ready();
  const again = await openStore(folder, 'file-upload');
  expect(again.index.starts()).toBe(8);
  await again.index.close();
});

test('a client that sends nothing more is cut off, and leaves nothing behind', async () => {
  const { s3, endpoint, folder } = await startServer({ idleMillis: 100 });
  const Body = Buffer.alloc(1000);
  await s3.send(
    new PutObjectCommand({ Bucket: 'file-upload', Key: 'k', Body, Tagging: 'visibility=public' }),
  );
  const { port } = new URL(endpoint);
  const socket = connect(Number(port), '127.0.0.1');
  atEnd(() => Promise.resolve(socket.destroy()));
  socket.write(
    'PUT /file-upload/k HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\ncontent-type: a/b\r\n\r\nabc',
  );
  await once(socket.resume(), 'close');
  expect(await readdir(join(folder, 'tmp'))).toEqual([]);
});

test.each(['GET no-slash HTTP/1.1', 'GET http://other/file-upload HTTP/1.1', 'NONSENSE'])(
  'takes %j for a bad request and lives on',
  async (line) => {
    const running = await startRunning();
    const { port } = new URL(running.embedded.s3Endpoint);
    const socket = connect(Number(port), '127.0.0.1');
    socket.end(`${line}\r\nhost: x\r\nconnection: close\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 400 /);
    socket.destroy();
    const { s3, bucket: Bucket } = running;
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  },
);

test('a client that stops reading in the middle of an object harms nobody', async () => {
  const running = await startRunning();
  const { s3, bucket: Bucket } = running;
  const Body = Buffer.alloc(20_000_000);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body, Tagging: 'visibility=public' }));
  const { port } = new URL(running.embedded.s3Endpoint);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('GET /file-upload/k HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  const again = await running.restart();
  const got = await again.s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  expect((await got.Body?.transformToByteArray())?.length).toBe(20_000_000);
  expect(running.reported).toEqual([]);
});
