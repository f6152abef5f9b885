import { createCrc64Nvme } from '@file-upload/crc';
import { combineRuns, toBase64 } from './crc64nvme.ts';
import { unlessAborted } from './upload-abort.ts';
import type { OpenSource } from './upload-source.ts';

/** Bytes that are read and hashed at a time, between which others have their turn. */
const PIECE = 1024 ** 2;

/** A part that has been read, and has to be sent. */
export interface ReadPart {
  number: number;
  /** Of the buffer that it was read into. */
  bytes: Uint8Array<ArrayBuffer>;
  /** CRC64NVME in base64, where it is computed. */
  checksum: string | undefined;
}

/** How a file is cut. */
export interface Cut {
  part_size: number;
  part_count: number;
}

/** Reads a source once, in order, part by part. */
export interface PartReader {
  /** Reads the next part that is missing. @returns undefined where there is none */
  next: (buffer: Uint8Array<ArrayBuffer>) => Promise<ReadPart | undefined>;
  /**
   * To be called when there is no next part.
   *
   * @returns the CRC64NVME of all in base64, where it is computed
   * @throws UploadError where the source is not the same any more
   */
  finish: () => Promise<string | undefined>;
}

/**
 * @param there the numbers of the parts that need not be sent. They are read nevertheless where they
 *   count for the checksum, which shows whether the file is the one that they were of
 */
export function readParts(
  source: OpenSource,
  { part_size, part_count }: Cut,
  there: ReadonlySet<number>,
  withChecksum: boolean,
  signal: AbortSignal,
): PartReader {
  const crc = withChecksum ? createCrc64Nvme() : undefined;
  const runs: { crc: bigint; length: number }[] = [];
  let number = 0;
  let turn: Promise<unknown> = Promise.resolve();

  async function readOne(buffer: Uint8Array<ArrayBuffer>): Promise<ReadPart> {
    const start = number * part_size;
    number++;
    const bytes = buffer.subarray(0, Math.min(part_size, source.size - start));
    for (let at = 0; at < bytes.byteLength; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE);
      await unlessAborted(signal, () => source.read(piece, start + at));
      crc?.update(piece);
    }
    if (!crc) return { number, bytes, checksum: undefined };
    const run = { crc: crc.take(), length: bytes.byteLength };
    runs.push(run);
    return { number, bytes, checksum: toBase64(run.crc) };
  }

  async function next(buffer: Uint8Array<ArrayBuffer>): Promise<ReadPart | undefined> {
    while (number < part_count) {
      const isThere = there.has(number + 1);
      if (isThere && !crc && !source.inOrder) number++;
      else {
        const part = await readOne(buffer);
        if (!isThere) return part;
      }
    }
    return undefined;
  }

  return {
    next(buffer) {
      const part = turn.then(() => next(buffer));
      turn = part;
      return part;
    },
    async finish() {
      await source.requireSame();
      return crc && toBase64(combineRuns(runs));
    },
  };
}
