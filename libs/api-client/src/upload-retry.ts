import type { UploadError } from './upload-error.ts';

/** Milliseconds without any success after which an upload is given up: long enough for a restart. */
const PATIENCE_MS = 60_000;
/** Attempts that are made however long each of them took. */
const LEAST_ATTEMPTS = 4;
/** Refusals that only seldom go away, after which there is no other attempt. */
const MOST_REFUSALS = 3;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

/** How an attempt failed. */
export class AttemptError extends Error {
  readonly reason: UploadError;
  /** Whether another attempt may succeed: as soon as the fault has passed, perhaps, or never. */
  readonly retry: 'yes' | 'perhaps' | 'never';
  /** Milliseconds that the service asked for. */
  readonly retryAfter: number;

  constructor(reason: UploadError, retry: AttemptError['retry'], retryAfter = 0) {
    super(reason.message);
    this.reason = reason;
    this.retry = retry;
    this.retryAfter = retryAfter;
  }
}

/** Attempts something until it succeeds, or `signal` is aborted. */
export type Persist = <T>(signal: AbortSignal, attempt: () => Promise<T>) => Promise<T>;

/**
 * Makes attempts again that fail with an {@link AttemptError}, for as long as anything of the same
 * upload succeeds now and then. The delay doubles each time, and has jitter, so that many clients do
 * not come back at once.
 *
 * @returns what rejects with an UploadError, with any other error of an attempt, or with the signal's
 *   reason
 */
export function createPersistence(): Persist {
  let failingSince: number | undefined;

  return async (signal, attempt) => {
    let refusals = 0;
    for (let count = 1; ; count++) {
      signal.throwIfAborted();
      try {
        const result = await attempt();
        failingSince = undefined;
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AttemptError)) throw error;
        const { reason, retry, retryAfter } = error;
        const now = Date.now();
        failingSince ??= now;
        if (retry === 'perhaps') refusals++;
        if (retry === 'never' || refusals === MOST_REFUSALS) throw reason;
        if (now - failingSince > PATIENCE_MS && count >= LEAST_ATTEMPTS) throw reason;
        const delay = Math.min(FIRST_DELAY_MS * 2 ** (count - 1), LONGEST_DELAY_MS);
        const wanted = Math.max(delay * (0.5 + Math.random() / 2), retryAfter);
        await sleep(Math.min(wanted, PATIENCE_MS), signal);
      }
    }
  };
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * Milliseconds of a `Retry-After`, in either of its forms; 0 where there is none.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function readRetryAfter(header: string | null): number {
  if (header === null) return 0;
  const milliseconds = /^\d+$/.test(header)
    ? Number(header) * 1000
    : Date.parse(header) - Date.now();
  return Math.max(0, milliseconds || 0);
}
