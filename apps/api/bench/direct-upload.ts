import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { FileMetadata } from '@file-upload/shared-types';
import { createChecksum, createClients, createObjectStore } from '@file-upload/storage';
import { memoryOf, type Memory } from '../test/resident-memory.ts';
import { startBaseline } from './baseline-process.ts';
import type { Bench } from './bench.ts';
import { line, type Line } from './report.ts';
import { interleave, median, secondsOf } from './rounds.ts';
import { send } from './transfer.ts';

const MIB = 1024 ** 2;
const KEY = 'bench/lib-storage';
const TUS = { 'tus-resumable': '1.0.0' };

interface Path {
  path: string;
}

/**
 * Row (e): a large file straight to the store by `uploadFile`, beside the upload of lib-storage to
 * the same store, and a tus client with its server. Each client is a process of its own. The store
 * answers for bytes that are on the disk, and the tus server does not wait for it: so that is told
 * with the time that its file then takes, too.
 */
export async function measureDirectUpload(bench: Bench): Promise<Line[]> {
  const { folder, file: path, size, rounds, server, backend } = bench;
  const tusFolder = join(folder, 'tus-direct');
  await mkdir(tusFolder);
  const start = startBaseline;
  const ours = await start<object, Path, FileMetadata>('../upload-client.ts', server);
  const script = await start<object, Path & { key: string }, object>('lib-storage.ts', backend);
  const tus = await start<{ url: string }>('tus-server.ts', { folder: tusFolder });
  const tusClient = await start<object, Path, { url: string }>('tus-client.ts', tus.started);
  const clients = createClients(backend);
  const objects = createObjectStore({ s3: clients.s3, bucket: backend.bucket });

  const checksum = await createChecksum('CRC64NVME');
  for await (const chunk of createReadStream(path)) checksum.update(chunk as Uint8Array);
  const expected = checksum.digest();
  const tusSynced: number[] = [];
  const memory = { server: [] as number[], client: [] as number[], tusClient: [] as number[] };
  try {
    const seconds = await interleave(rounds, {
      async ours() {
        await settleDisk();
        let file: FileMetadata | undefined;
        const taken = await memoryOf([server.pid, ours.pid], () =>
          secondsOf(async () => (file = await ours.ask({ path }))),
        );
        const [added, client] = taken.memory as [Memory, Memory];
        memory.server.push(added.peak - added.before);
        memory.client.push(client.peak);
        if (file?.checksum?.value !== expected) throw new Error('The bytes are not the same.');
        await send('DELETE', `${server.url}/files/${file.file_id}`, {});
        return taken.result;
      },
      async script() {
        await settleDisk();
        const taken = await secondsOf(() => script.ask({ path, key: KEY }));
        await objects.remove(KEY);
        return taken;
      },
      async tus() {
        await settleDisk();
        let url = '';
        const taken = await memoryOf([tusClient.pid], () =>
          secondsOf(async () => ({ url } = await tusClient.ask({ path }))),
        );
        memory.tusClient.push(taken.memory[0]!.peak);
        const synced = await secondsOf(() => syncFile(join(tusFolder, basename(url))));
        tusSynced.push(taken.result + synced);
        await send('DELETE', url, TUS);
        return taken.result;
      },
    });
    const speedOf = (taken: number) => size / 1e6 / taken;
    const speed = (name: keyof typeof seconds) => speedOf(seconds[name]);
    const peak = (name: keyof typeof memory) => Math.max(...memory[name]) / MIB;
    const upload: [string, number] = ['uploadFile', speed('ours')];
    const client: [string, number] = ['memory of the client', peak('client')];
    return [
      line('e', upload, ['lib-storage', speed('script')], 'MB/s'),
      line('e', upload, ['tus-js-client, tus server', speed('tus')], 'MB/s'),
      line('e', upload, ['tus, until it is on the disk', speedOf(median(tusSynced))], 'MB/s'),
      line('e', ['memory added to the server', peak('server')], ['the limit', 96], 'MiB'),
      line('e', client, ['the limit', 200], 'MiB'),
      line('e', client, ['tus-js-client', peak('tusClient')], 'MiB'),
    ];
  } finally {
    clients.destroy();
    await Promise.all([ours, script, tusClient, tus].map((each) => each.close()));
  }
}

/** What one upload left to be written is not to be waited for by the next. */
async function settleDisk(): Promise<void> {
  await promisify(execFile)('sync');
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.datasync();
  await file.close();
}
