import { readParts, type Cut } from './upload-parts.ts';
import { createProgress, type UploadProgress } from './upload-progress.ts';
import type { Session } from './upload-session.ts';
import type { OpenSource } from './upload-source.ts';

/** Bytes of all parts that are in memory, unless one alone has more. */
const MOST_IN_MEMORY = 256 * 1024 ** 2;
/** Bytes that are read at a time of a file that has arrived already. */
const ANY_PART_SIZE = 8 * 1024 ** 2;

export interface TransferOptions {
  checksum: boolean;
  /** How many parts are sent at a time. */
  concurrency: number;
  onProgress: ((progress: UploadProgress) => void) | undefined;
  signal: AbortSignal;
}

/**
 * Sends what the store does not have of a file.
 *
 * @returns the CRC64NVME of the whole file in base64, where it is wanted
 */
export async function transfer(
  session: Session,
  file: OpenSource,
  { checksum, concurrency, onProgress, signal }: TransferOptions,
): Promise<string | undefined> {
  const cut = cutOf(session, file.size);
  const sizeOf = (part: number) => Math.min(cut.part_size, file.size - (part - 1) * cut.part_size);
  const there = partsThere(session, cut, sizeOf);
  const progress = createProgress(file.size, onProgress);
  progress(0, 0);
  for (const part of there) progress(part, sizeOf(part));

  const failed = new AbortController();
  const running = AbortSignal.any([signal, failed.signal]);
  const reader = readParts(file, cut, there, checksum, running);
  const worker = async () => {
    const buffer = new Uint8Array(Math.min(cut.part_size, file.size));
    for (let part = await reader.next(buffer); part; part = await reader.next(buffer)) {
      const { number } = part;
      await session.send(part, running, (sent) => progress(number, sent));
    }
    // Now, and not when garbage is collected: the next file may be under way by then.
    buffer.buffer.transfer(0);
  };
  const affordable = Math.floor(MOST_IN_MEMORY / cut.part_size);
  const workers = Math.max(1, Math.min(concurrency, affordable, cut.part_count - there.size));
  // Nobody reads or sends any more when this rejects, with whatever went wrong first.
  await Promise.allSettled(
    Array.from({ length: workers }, () => worker().catch((error: unknown) => failed.abort(error))),
  );
  failed.signal.throwIfAborted();
  return await reader.finish();
}

function cutOf({ upload }: Session, size: number): Cut {
  if (upload?.type === 'multipart') return upload;
  const part_size = upload ? Math.max(1, size) : ANY_PART_SIZE;
  return { part_size, part_count: Math.max(1, Math.ceil(size / part_size)) };
}

/** The numbers of the parts that need not be sent. */
function partsThere(
  { upload, uploaded_parts }: Session,
  { part_count }: Cut,
  sizeOf: (part: number) => number,
): Set<number> {
  if (!upload) return new Set(Array.from({ length: part_count }, (_, i) => i + 1));
  const whole = uploaded_parts.filter(({ part_number, size }) => size === sizeOf(part_number));
  return new Set(whole.map(({ part_number }) => part_number));
}
