import { getBuiltin } from './node-builtins.ts';

/** A presigned request, as the service answers it. */
export interface PresignedRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
}

export interface RequestOptions {
  signal: AbortSignal;
  /** Is told how many bytes of the request have been sent: 0 at first. Never where nobody knows. */
  onSent: (bytes: number) => void;
}

/** What of an answer is used. */
export interface RequestAnswer {
  status: number;
  retryAfter: string | null;
  text: string;
}

type SendRequest = (
  request: PresignedRequest,
  bytes: Uint8Array<ArrayBuffer>,
  options: RequestOptions,
) => Promise<RequestAnswer>;

/** Bytes: few, as a line on which none of them is taken for a minute counts as broken. */
const CHUNK = 128 * 1024;

/** Sends one request the way that suits the platform. */
export const sendRequest: SendRequest = (...args) => {
  if (typeof XMLHttpRequest === 'function') return sendByXhr(...args);
  return getBuiltin ? sendByNode(...args) : sendByFetch(...args);
};

/** The only way in which a browser tells how much it has sent. */
const sendByXhr: SendRequest = ({ method, url, headers }, bytes, { signal, onSent }) =>
  new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    signal.addEventListener('abort', abort, { once: true });
    onSent(0);
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
    // Bytes alone would be copied, and by a debugger read, on the thread of the page: half as fast.
    xhr.send(new Blob([bytes]));
  });

/** Its `fetch` would copy the bytes, take twice the time of this, and not tell how far it is. */
const sendByNode: SendRequest = ({ method, url, headers }, bytes, { signal, onSent }) =>
  new Promise((resolve, reject) => {
    const { request } = getBuiltin!(url.startsWith('https:') ? 'node:https' : 'node:http');
    const length = { 'content-length': String(bytes.byteLength) };
    const options = { method, headers: { ...headers, ...length }, signal };
    const fail = (error: Error) => reject(signal.aborted ? (signal.reason as Error) : error);
    const sending = request(url, options, (response) => {
      const { statusCode: status = 0, headers } = response;
      const retryAfter = headers['retry-after'] as string | undefined;
      response.setEncoding('utf8');
      readText(response)
        .then((text) => resolve({ status, text, retryAfter: retryAfter ?? null }), fail)
        // What is refused at once need not be sent to its end, from memory that is used again.
        .finally(() => !sending.writableFinished && sending.destroy());
    });
    sending.on('error', fail);

    let at = 0;
    const write = (): void => {
      for (;;) {
        onSent(at);
        if (at === bytes.byteLength) return sending.end();
        const chunk = bytes.subarray(at, at + CHUNK);
        at += chunk.byteLength;
        if (!sending.write(chunk)) return sending.once('drain', write);
      }
    };
    write();
  });

async function readText(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

const sendByFetch: SendRequest = async ({ method, url, headers }, body, { signal }) => {
  const init = { method, headers, body, signal, credentials: 'omit' } as const;
  const response = await fetch(url, init);
  const retryAfter = response.headers.get('retry-after');
  return { status: response.status, text: await response.text(), retryAfter };
};
