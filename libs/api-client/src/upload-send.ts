import { isPassing } from './upload-call.ts';
import { UploadError } from './upload-error.ts';
import {
  sendRequest,
  type PresignedRequest,
  type RequestAnswer,
  type RequestOptions,
} from './upload-request.ts';
import { AttemptError, readRetryAfter } from './upload-retry.ts';

/** Milliseconds in which something has to be sent or answered. */
const STALLED_MS = 60_000;
const CHECK_MS = 5_000;
/**
 * Codes of refusals with the status 400.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const PASSING = new Set(['RequestTimeout', 'ExpiredToken']);
const MISMATCHES = new Set(['BadDigest', 'XAmzContentChecksumMismatch']);

/**
 * Sends bytes to the store. It is well where something is there already that may not be replaced, for
 * that is what a lost answer leaves; whether it is the same shows at the end.
 *
 * @throws AttemptError
 */
export async function send(
  request: PresignedRequest,
  bytes: Uint8Array<ArrayBuffer>,
  options: RequestOptions,
): Promise<void> {
  const { status, text, retryAfter } = await sendWatched(request, bytes, options).catch(
    (cause: unknown) => {
      const reason = new UploadError('SERVICE_UNAVAILABLE', 'The store cannot be reached.', {
        cause,
      });
      throw new AttemptError(reason, 'yes');
    },
  );
  if (status === 200 || status === 412) return;

  const said = [...text.matchAll(/<(?:Code|Message)>([^<]*)</g)].map(([, words]) => words);
  const message = `The store answered ${status}: ${said.join(': ') || 'nothing more'}`;
  const [, storeCode = ''] = /<Code>([^<]*)</.exec(text) ?? [];
  if (isPassing(status) || PASSING.has(storeCode)) {
    const reason = new UploadError('SERVICE_UNAVAILABLE', message, { status });
    throw new AttemptError(reason, 'yes', readRetryAfter(retryAfter));
  }
  // A fresh request may be taken where this one has expired; and other bytes where they were damaged.
  const code = MISMATCHES.has(storeCode) ? 'CHECKSUM_MISMATCH' : 'STORE_REFUSED';
  throw new AttemptError(new UploadError(code, message, { status }), 'perhaps');
}

/** Breaks a connection off on which nothing moves. */
async function sendWatched(
  request: PresignedRequest,
  bytes: Uint8Array<ArrayBuffer>,
  { signal, onSent }: RequestOptions,
): Promise<RequestAnswer> {
  const stalled = new AbortController();
  // Nobody knows how far a `fetch` is.
  let moved: number | undefined;
  const watch = setInterval(() => {
    if (moved !== undefined && Date.now() - moved > STALLED_MS) {
      stalled.abort(new Error(`Nothing was sent for ${STALLED_MS / 1000} s.`));
    }
  }, CHECK_MS);
  try {
    return await sendRequest(request, bytes, {
      signal: AbortSignal.any([signal, stalled.signal]),
      onSent(sent) {
        moved = Date.now();
        onSent(sent);
      },
    });
  } finally {
    clearInterval(watch);
  }
}
