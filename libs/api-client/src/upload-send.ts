import { getBuiltin } from './node-builtins.ts';
import { isPassing } from './upload-call.ts';
import { UploadError } from './upload-error.ts';
import { AttemptError, readRetryAfter } from './upload-retry.ts';

/** A presigned request, as the service answers it. */
export interface PresignedRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
}

export interface SendOptions {
  signal: AbortSignal;
  /** Is told how many bytes of the request have been sent. */
  onSent: (bytes: number) => void;
}

/** What of an answer is used. */
interface Answer {
  status: number;
  retryAfter: string | null;
  text: string;
}

type Send = (
  request: PresignedRequest,
  bytes: Uint8Array<ArrayBuffer>,
  options: SendOptions,
) => Promise<Answer>;

/** Milliseconds in which something has to be sent or answered. */
const STALLED_MS = 60_000;
const CHUNK = 256 * 1024;
const HINT: Record<number, string> = {
  400: 'The bytes did not arrive as they were sent.',
  403: 'The store refuses what the service has signed.',
};

/**
 * Sends bytes to the store.
 *
 * @returns 412 where something is there already that may not be replaced
 * @throws AttemptError
 */
export async function send(
  request: PresignedRequest,
  bytes: Uint8Array<ArrayBuffer>,
  { signal, onSent }: SendOptions,
): Promise<200 | 412> {
  const stalled = new AbortController();
  const stall = () => stalled.abort(new Error(`Nothing was sent for ${STALLED_MS / 1000} s.`));
  let timer: ReturnType<typeof setTimeout> | undefined = setTimeout(stall, STALLED_MS);
  const options: SendOptions = {
    signal: AbortSignal.any([signal, stalled.signal]),
    onSent(sent) {
      // A body that is given up may still be asked for some of it.
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = setTimeout(stall, STALLED_MS);
      onSent(sent);
    },
  };
  const chosen = typeof XMLHttpRequest === 'function' ? sendByXhr : sendByFetch;
  const { status, text, retryAfter } = await chosen(request, bytes, options)
    .catch((cause: unknown) => {
      const reason = new UploadError('SERVICE_UNAVAILABLE', 'The store cannot be reached.', {
        cause,
      });
      throw new AttemptError(reason, 'yes');
    })
    .finally(() => {
      clearTimeout(timer);
      timer = undefined;
    });
  if (status === 200 || status === 412) return status;

  const said = [...text.matchAll(/<(?:Code|Message)>([^<]*)</g)]
    .map(([, words]) => words)
    .join(': ');
  const reason = new UploadError(
    isPassing(status)
      ? 'SERVICE_UNAVAILABLE'
      : status === 400
        ? 'CHECKSUM_MISMATCH'
        : 'STORE_REFUSED',
    `The store answered ${status} (${said}). ${HINT[status] ?? ''}`.trim(),
    { status },
  );
  // A fresh request may be taken where this one has expired; and another attempt may arrive whole.
  throw new AttemptError(reason, isPassing(status) ? 'yes' : 'perhaps', readRetryAfter(retryAfter));
}

/** The only way in which a browser tells how much it has sent. */
const sendByXhr: Send = ({ method, url, headers }, bytes, { signal, onSent }) =>
  new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    signal.addEventListener('abort', abort, { once: true });
    xhr.upload.onprogress = ({ loaded }) => onSent(loaded);
    xhr.onloadend = () => {
      signal.removeEventListener('abort', abort);
      const { status, responseText: text } = xhr;
      // To ask for a header that another origin does not expose is an error in the console.
      const [, retryAfter = null] =
        /^retry-after: *(.*)$/im.exec(xhr.getAllResponseHeaders()) ?? [];
      if (status > 0) resolve({ status, text, retryAfter });
      else reject((signal.reason as Error | undefined) ?? new Error('The connection broke.'));
    };
    xhr.open(method, url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    // Bytes alone would be copied, and by a debugger read, on the thread of the page.
    xhr.send(new Blob([bytes]));
  });

const sendByFetch: Send = async ({ method, url, headers }, bytes, { signal, onSent }) => {
  const init = { method, headers, credentials: 'omit', signal } as const;
  const response = await fetch(
    url,
    getBuiltin ? { ...init, ...inChunks(headers, bytes, onSent) } : { ...init, body: bytes },
  );
  const { status } = response;
  onSent(bytes.byteLength);
  return { status, text: await response.text(), retryAfter: response.headers.get('retry-after') };
};

/**
 * The body as a stream, as Node.js takes it of a known length: it copies bytes that it is given whole,
 * and does not tell how far it is. Browsers would send a stream without the length.
 */
function inChunks(
  headers: Record<string, string>,
  bytes: Uint8Array<ArrayBuffer>,
  onSent: (bytes: number) => void,
) {
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      onSent(at);
      if (at === bytes.byteLength) controller.close();
      else controller.enqueue(bytes.subarray(at, (at = Math.min(at + CHUNK, bytes.byteLength))));
    },
  });
  return {
    body,
    duplex: 'half',
    headers: { ...headers, 'content-length': String(bytes.byteLength) },
  };
}
