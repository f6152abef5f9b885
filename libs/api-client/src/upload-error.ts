/**
 * Why a file could not be uploaded. `code` is the service's own where it refused something, and
 * otherwise one of:
 *
 * - `SOURCE_CHANGED`: the file has other bytes, or more or fewer, than at first
 * - `SOURCE_FAILED`: the file cannot be read
 * - `STORE_REFUSED`: the store takes the bytes for no reason that goes away
 * - `SERVICE_REFUSED`: something that stands before the service refused the request
 * - `SERVICE_UNAVAILABLE`: for a minute there was no answer, or none but faults
 *
 * What caused it is in `cause`.
 */
export class UploadError extends Error {
  override readonly name = 'UploadError';
  readonly code: string;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;

  constructor(code: string, message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.status = options.status;
  }
}

/** What a source fails with becomes SOURCE_FAILED. */
export async function readingSource<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UploadError('SOURCE_FAILED', `The file cannot be read: ${reason}`, { cause });
  }
}

/** @param how a sentence */
export function sourceChanged(how: string, cause?: unknown): UploadError {
  return new UploadError('SOURCE_CHANGED', `The file is not the same any more. ${how}`, { cause });
}
