import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { addedMemory } from '../test/resident-memory.ts';
import { startBaseline } from './baseline-process.ts';
import type { Bench } from './bench.ts';
import { line, type Line } from './report.ts';
import { interleave, secondsOf } from './rounds.ts';
import { drain, send } from './transfer.ts';

const MIB = 1024 ** 2;
const WARM_UP = 32 * MIB;
const BOUNDARY = 'boundary';
const HEAD = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n`;
const TAIL = `\r\n--${BOUNDARY}--\r\n`;
const TUS = { 'tus-resumable': '1.0.0' };

/** Row (a): a large file through the service, beside a bare script and a tus server. */
export async function measureLargeFile(bench: Bench): Promise<Line[]> {
  const { folder, file, size, rounds, server, backend } = bench;
  const tusFolder = join(folder, 'tus');
  await mkdir(tusFolder);
  const script = await startBaseline<object, object, object>('lib-storage.ts', backend);
  const tus = await startBaseline<{ url: string }>('tus-server.ts', { folder: tusFolder });
  const s3 = new S3Client({ ...backend, endpoint: backend.s3Endpoint, forcePathStyle: true });

  async function uploadForm(bytes: number): Promise<string> {
    const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
    const body = { path: file, start: 0, size: bytes, head: HEAD, tail: TAIL };
    const answer = await send('POST', `${server.url}/files`, headers, body);
    return (JSON.parse(answer.body) as { file_id: string }).file_id;
  }
  async function uploadTus(bytes: number): Promise<string> {
    const length = { ...TUS, 'upload-length': bytes };
    const { headers } = await send('POST', tus.started.url, length);
    const url = new URL(headers.location ?? '', tus.started.url).href;
    const type = { 'content-type': 'application/offset+octet-stream', 'upload-offset': 0 };
    await send('PATCH', url, { ...TUS, ...type }, { path: file, start: 0, size: bytes });
    return url;
  }
  const removeForm = (id: string) => send('DELETE', `${server.url}/files/${id}`, {});
  const removeTus = (url: string) => send('DELETE', url, TUS);

  await removeForm(await uploadForm(Math.min(size, WARM_UP)));
  await removeTus(await uploadTus(Math.min(size, WARM_UP)));

  const memory: Record<'form' | 'download' | 'tus', number[]> = { form: [], download: [], tus: [] };
  try {
    const seconds = await interleave(rounds, {
      async form() {
        let id = '';
        let taken = 0;
        memory.form.push(
          await addedMemory(server.pid, async () => {
            taken = await secondsOf(async () => (id = await uploadForm(size)));
          }),
        );
        const read = () => drain(`${server.url}/files/${id}/content`);
        memory.download.push(await addedMemory(server.pid, read));
        await removeForm(id);
        return taken;
      },
      async script() {
        const key = 'bench/lib-storage';
        const taken = await secondsOf(() => script.ask({ path: file, key }));
        await s3.send(new DeleteObjectCommand({ Bucket: backend.bucket, Key: key }));
        return taken;
      },
      async tus() {
        let url = '';
        let taken = 0;
        memory.tus.push(
          await addedMemory(tus.pid, async () => {
            taken = await secondsOf(async () => (url = await uploadTus(size)));
          }),
        );
        await removeTus(url);
        return taken;
      },
    });
    const speed = (taken: number) => size / 1e6 / taken;
    const form: [string, number] = ['form upload', speed(seconds.form)];
    const peak = (name: keyof typeof memory) => Math.max(...memory[name]) / MIB;
    const limit: [string, number] = ['the limit', 128];
    return [
      line('a', form, ['script with lib-storage', speed(seconds.script)], 'MB/s'),
      line('a', form, ['tus server', speed(seconds.tus)], 'MB/s'),
      line('a', ['memory added by upload', peak('form')], limit, 'MiB'),
      line('a', ['memory added by upload', peak('form')], ['tus server', peak('tus')], 'MiB'),
      line('a', ['memory added by download', peak('download')], limit, 'MiB'),
    ];
  } finally {
    s3.destroy();
    await script.close();
    await tus.close();
  }
}
