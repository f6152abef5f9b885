import type { Client } from './generated/client/index.ts';
import { crcOf } from './crc64nvme.ts';
import type { FileMetadata, OpenUploadRequest } from './generated/types.gen.ts';
import { unlessAborted } from './upload-abort.ts';
import { UploadError } from './upload-error.ts';
import type { UploadProgress } from './upload-progress.ts';
import { findSession, openSession } from './upload-session.ts';
import { inMemory, openSource, type OpenSource, type UploadSource } from './upload-source.ts';
import { transfer } from './upload-transfer.ts';

export interface UploadFileOptions {
  /** Otherwise the name that the source has. */
  fileName?: string | undefined;
  /** The media type; otherwise that of the `Blob`. */
  contentType?: string | undefined;
  visibility?: 'public' | 'private' | undefined;
  /** Is told how many bytes have been sent. It never goes back, and ends at `total`. */
  onProgress?: ((progress: UploadProgress) => void) | undefined;
  /** Is told the id that a later call can `resume`, and until when; null where all has arrived. */
  onOpen?: ((upload: { file_id: string; expires_at: string | null }) => void) | undefined;
  /** The id of an upload that was opened before: sends what is missing of it. */
  resume?: string | undefined;
  /** Ends the call. What has been sent stays for a week, and can be resumed. */
  signal?: AbortSignal | undefined;
  /** How many parts are sent at a time: 4 if not given. */
  concurrency?: number | undefined;
  /** Whether the CRC64NVME is computed and verified by the store: true if not given. */
  checksum?: boolean | undefined;
}

/** Bytes of a file that is read before its upload is opened, so that its checksum is known by then. */
const SMALL = 16 * 1024 ** 2;

/**
 * Uploads a file straight to the store: a small one in one request, a large one in parts, several at
 * a time, in as much memory as these parts take. The store verifies each part and the whole. What
 * fails for a passing reason is tried again, until nothing has succeeded for a minute; what has
 * arrived is not sent again.
 *
 * @returns the metadata of the stored file, which the service may still be examining
 * @throws UploadError; or the reason of `signal`, which is an AbortError unless it was given another
 */
export async function uploadFile(
  client: Client,
  source: UploadSource,
  options: UploadFileOptions = {},
): Promise<FileMetadata> {
  const { resume, onOpen, onProgress, checksum = true, concurrency = 4 } = options;
  const { signal = new AbortController().signal } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError('concurrency has to be a whole number of parts, 1 or more.');
  }
  signal.throwIfAborted();
  const opened = await openSource(source);
  try {
    const isKept = opened.size <= SMALL && resume === undefined;
    const file = isKept ? await unlessAborted(signal, () => inMemory(opened)) : opened;
    const session =
      resume === undefined
        ? await openSession(client, signal, describe(file, options))
        : await findSession(client, signal, resume, file.size);
    const { file_id, expires_at } = session;
    onOpen?.({ file_id, expires_at });
    const whole = await transfer(session, file, {
      // Not twice: what is in memory was opened with its checksum.
      checksum: checksum && !file.bytes,
      concurrency,
      onProgress,
      signal,
    });
    return await session.complete(whole);
  } finally {
    await opened.close();
  }
}

/** What the service is told of a new file. */
function describe(
  file: OpenSource,
  { fileName, contentType, visibility, checksum = true }: UploadFileOptions,
): OpenUploadRequest {
  const file_name = fileName ?? file.name;
  if (file_name === undefined) {
    throw new UploadError('INVALID_FILE_NAME', 'The file has no name of its own: give fileName.');
  }
  const content_type = contentType ?? file.type;
  const value = checksum && file.bytes && crcOf(file.bytes);
  return {
    file_name,
    file_size: file.size,
    ...(content_type && { content_type }),
    ...(visibility && { visibility }),
    ...(value && { checksum: { algorithm: 'CRC64NVME', value } }),
  };
}
