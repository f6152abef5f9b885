import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Blob } from './object-index.ts';

/** Up to this many bytes are kept in the index: a file would cost two more fsyncs. */
const INLINE_BYTES = 16 * 1024;
/** Chunks are gathered to about this size before they are written. */
const WRITE_BYTES = 1024 * 1024;
const READ_BYTES = 512 * 1024;
/** A sync is begun whenever this much was written, so that little is left to wait for at the end. */
const SYNC_BYTES = 32 * 1024 * 1024;

/** A blob that is on the disk (or is in memory and small), and that no record refers to yet. */
export interface NewBlob {
  blob: Blob;
  /** Of an inline blob: to be committed with the record. */
  bytes?: Buffer;
}

export interface BlobStore {
  /**
   * Takes all bytes, and is durable when it returns. Leaves nothing behind when it throws. The chunks
   * are given away: their memory may be gone once they are written.
   */
  write(chunks: AsyncIterable<Buffer>): Promise<NewBlob>;
  /** The bytes from `start` to `end` (exclusive). */
  read(blob: Blob, start: number, end: number): AsyncIterable<Buffer>;
  /** Keeps the files of these blobs until the function it returns is called. */
  hold(blobs: readonly Blob[]): () => void;
  /** Removes the files of these blobs as soon as nobody holds them. */
  remove(blobs: readonly Blob[]): Promise<void>;
  /** Removes every file that is not in `referenced`, which holds ids. */
  sweep(referenced: ReadonlySet<string>): Promise<void>;
}

/** How files are opened; a test passes one that fails. */
export type OpenFile = typeof open;

/**
 * Keeps blobs as files `blobs/<first two digits>/<id>` under a folder. A file appears there by
 * rename, whole and synced. Names are ours and say nothing of keys.
 */
export async function openBlobStore(folder: string, openFile: OpenFile = open): Promise<BlobStore> {
  const tmp = join(folder, 'tmp');
  await rm(tmp, { recursive: true, force: true });
  await mkdir(tmp, { recursive: true });
  const shelves = join(folder, 'blobs');
  await mkdir(shelves, { recursive: true });
  const known = new Set(await readdir(shelves));
  const shelf = (id: string): string => join(shelves, id.slice(0, 2));
  const fileOf = (id: string): string => join(shelf(id), id);

  const holds = new Map<string, number>();
  const doomed = new Set<string>();
  const files = (blobs: readonly Blob[]): string[] =>
    blobs.filter(({ inline }) => !inline).map(({ id }) => id);
  const unlinkFile = (id: string): Promise<void> => rm(fileOf(id), { force: true });

  const writeFile = async (id: string, gathered: AsyncIterable<Buffer[]>): Promise<number> => {
    const temporary = join(tmp, id);
    let size = 0;
    try {
      const file = await openFile(temporary, 'wx');
      try {
        // One write is under way while the next chunks are received and hashed.
        let written: Promise<unknown> = Promise.resolve();
        let synced: Promise<unknown> = Promise.resolve();
        let unsynced = 0;
        try {
          for await (const chunks of gathered) {
            await written;
            if (unsynced >= SYNC_BYTES) {
              await synced;
              synced = seenLater(file.datasync());
              unsynced = 0;
            }
            written = seenLater(writeAll(file, chunks).then(() => chunks.forEach(free)));
            const bytes = sizeOf(chunks);
            size += bytes;
            unsynced += bytes;
          }
        } finally {
          await Promise.all([written, synced]);
        }
        await file.datasync();
      } finally {
        await file.close();
      }
      if (!known.has(id.slice(0, 2))) {
        await mkdir(shelf(id), { recursive: true });
        await syncFolder(shelves, openFile);
        known.add(id.slice(0, 2));
      }
      await rename(temporary, fileOf(id));
      await syncFolder(shelf(id), openFile);
    } catch (error) {
      await Promise.all([temporary, fileOf(id)].map((path) => rm(path, { force: true })));
      throw error;
    }
    return size;
  };

  return {
    async write(chunks) {
      const id = randomUUID();
      const gathered = gather(chunks);
      const first = await gathered.next();
      const head = first.done ? [] : first.value;
      const size = sizeOf(head);
      if (size <= INLINE_BYTES) {
        return { blob: { id, size, inline: true }, bytes: Buffer.concat(head) };
      }
      return { blob: { id, size: await writeFile(id, prepend(head, gathered)) } };
    },

    async *read(blob, start, end) {
      const file = await openFile(fileOf(blob.id), 'r');
      try {
        for (let at = start; at < end;) {
          const buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, end - at));
          const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
          if (bytesRead === 0) throw new Error(`The file of blob ${blob.id} is too short.`);
          at += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    },

    hold(blobs) {
      const ids = files(blobs);
      for (const id of ids) holds.set(id, (holds.get(id) ?? 0) + 1);
      return () => {
        for (const id of ids) {
          const left = (holds.get(id) ?? 1) - 1;
          if (left > 0) holds.set(id, left);
          else holds.delete(id);
          // What cannot be removed now is found by the sweep of the next start.
          if (left === 0 && doomed.delete(id)) unlinkFile(id).catch(() => undefined);
        }
      };
    },

    async remove(blobs) {
      const ids = files(blobs);
      for (const id of ids) if (holds.has(id)) doomed.add(id);
      await Promise.allSettled(ids.filter((id) => !holds.has(id)).map(unlinkFile));
    },

    async sweep(referenced) {
      for (const name of known) {
        for (const id of await readdir(join(shelves, name))) {
          if (!referenced.has(id)) await unlinkFile(id);
        }
      }
    },
  };
}

/** Gathers small chunks, so that there are few writes. */
async function* gather(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let gathered: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    gathered.push(chunk);
    size += chunk.length;
    if (size >= WRITE_BYTES) {
      yield gathered;
      gathered = [];
      size = 0;
    }
  }
  if (size > 0) yield gathered;
}

async function* prepend<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

function sizeOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

/** Something that is awaited in a later turn, where its failure will show. */
function seenLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** `writev` may write less than it was given, on a disk that fills up. */
async function writeAll(file: FileHandle, chunks: Buffer[]): Promise<void> {
  const { bytesWritten } = await file.writev(chunks);
  if (bytesWritten < sizeOf(chunks)) {
    await file.appendFile(Buffer.concat(chunks).subarray(bytesWritten));
  }
}

/**
 * Frees the memory of a large chunk now, unless others share it. Left to the garbage collector, the
 * chunks of a large transfer make it look at the whole heap every 15 MiB.
 */
function free({ buffer, byteLength }: Buffer): void {
  if (byteLength <= INLINE_BYTES || byteLength < buffer.byteLength) return;
  (buffer as ArrayBuffer).transfer(0);
}

/** Makes a rename durable. */
async function syncFolder(folder: string, openFile: OpenFile): Promise<void> {
  const handle = await openFile(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
