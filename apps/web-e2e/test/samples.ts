import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export const MIB = 1024 ** 2;

/** A file to upload. */
export interface Sample {
  path: string;
  name: string;
  size: number;
  sha256: string;
}

/** A folder of files of random bytes. */
export interface Samples {
  folder: string;
  /** @param size bytes */
  make(name: string, size: number): Promise<Sample>;
  remove(): Promise<void>;
}

export async function openSamples(): Promise<Samples> {
  const folder = await mkdtemp(join(tmpdir(), 'file-upload-samples-'));
  return {
    folder,
    async make(name, size) {
      const path = join(folder, name);
      const file = await open(path, 'w');
      for (let left = size; left > 0; left -= MIB)
        await file.write(randomBytes(Math.min(left, MIB)));
      await file.close();
      return { path, name, size, sha256: await sha256Of(createReadStream(path)) };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** In hexadecimal. */
export async function sha256Of(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(bytes, hash);
  return hash.digest('hex');
}
