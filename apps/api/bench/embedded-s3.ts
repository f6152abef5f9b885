import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createChecksum, createClients, createObjectStore } from '@file-upload/storage';
import type { Bench } from './bench.ts';
import { line, type Line } from './report.ts';
import { interleave, secondsOf } from './rounds.ts';
import { drain, send } from './transfer.ts';

const PART_SIZE = 16 * 1024 ** 2;
const CONCURRENCY = 4;
const CHUNK = 256 * 1024;
const OBJECT = {
  contentType: 'application/octet-stream',
  description: {
    fileName: 'large.bin',
    owner: 'bench',
    visibility: 'private',
    uploadTime: '2026-11-23T00:00:00Z',
  },
} as const;

/**
 * Row (b): the embedded S3 alone, asked by presigned requests, which cost their client nothing. It
 * computes CRC64NVME, and the MD5 that an ETag is, so the copy that it is compared with does both.
 */
export async function measureEmbeddedS3(bench: Bench): Promise<Line[]> {
  const { file, size, rounds, backend, folder } = bench;
  const clients = createClients(backend);
  const objects = createObjectStore({ s3: clients.s3, bucket: backend.bucket });

  async function putParts(key: string): Promise<void> {
    const upload = await objects.multipart.start({ ...OBJECT, key });
    const parts: { partNumber: number; etag: string }[] = [];
    const numbers = Array.from({ length: Math.ceil(size / PART_SIZE) }, (_, index) => index + 1);
    const worker = async () => {
      for (let number = numbers.shift(); number; number = numbers.shift()) {
        const start = (number - 1) * PART_SIZE;
        const body = { path: file, start, size: Math.min(PART_SIZE, size - start) };
        const signed = await objects.presigner.part(upload, number, { size: body.size });
        const { headers } = await send('PUT', signed.url, signed.headers, body);
        parts.push({ partNumber: number, etag: headers.etag ?? '' });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    parts.sort((one, other) => one.partNumber - other.partNumber);
    await objects.multipart.complete(upload, parts);
  }

  async function put(key: string): Promise<void> {
    const { url, headers } = await objects.presigner.put({ ...OBJECT, key }, { size });
    await send('PUT', url, headers, { path: file, start: 0, size });
  }

  const copy = (hashes: Hash[]) => secondsOf(() => copyFile(file, join(folder, 'copy'), hashes));
  const crc64nvme = () => createChecksum('CRC64NVME');
  try {
    const seconds = await interleave(rounds, {
      parts: () => secondsOf(() => putParts('bench/parts')),
      put: () => secondsOf(() => put('bench/put')),
      get: async () => {
        const { url } = await objects.presigner.get('bench/put');
        const taken = await secondsOf(() => drain(url));
        await objects.remove('bench/put');
        await objects.remove('bench/parts');
        return taken;
      },
      copy: async () => copy([await crc64nvme()]),
      copyWithMd5: async () => copy([await crc64nvme(), createHash('md5')]),
    });
    const speed = (name: keyof typeof seconds) => size / 1e6 / seconds[name];
    const subjects: [string, number][] = [
      ['S3, parts of 16 MiB', speed('parts')],
      ['S3, one PUT', speed('put')],
      ['S3, one GET', speed('get')],
    ];
    const crc: [string, number] = ['copy, fsync, CRC64NVME', speed('copy')];
    const md5: [string, number] = ['the same and MD5', speed('copyWithMd5')];
    return subjects.flatMap((subject) => [
      line('b', subject, crc, 'MB/s'),
      line('b', subject, md5, 'MB/s'),
    ]);
  } finally {
    clients.destroy();
  }
}

interface Hash {
  update(chunk: Uint8Array): unknown;
}

/** Copies a file durably, in one thread, and shows `hashes` what it copies. */
async function copyFile(from: string, to: string, hashes: readonly Hash[]): Promise<void> {
  const [source, target] = [await open(from), await open(to, 'w')];
  const chunk = Buffer.allocUnsafe(CHUNK);
  for (;;) {
    const { bytesRead } = await source.read(chunk);
    if (bytesRead === 0) break;
    const bytes = chunk.subarray(0, bytesRead);
    for (const hash of hashes) hash.update(bytes);
    await target.write(bytes);
  }
  await target.sync();
  await Promise.all([source.close(), target.close()]);
  await rm(to);
}
