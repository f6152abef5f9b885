import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

const CHUNK = 256 * 1024;

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

/** Bytes of a file that are sent, between what stands before and after them. */
export interface FileBody {
  path: string;
  /** Bytes: the first, and how many. */
  start: number;
  size: number;
  head?: string;
  tail?: string;
}

/**
 * Sends a request whose body is streamed from a file; the cheapest client that Node.js has, and
 * the same one for every server.
 *
 * @throws Error where the answer is not 2xx
 */
export async function send(
  method: string,
  url: string,
  headers: OutgoingHttpHeaders,
  body?: FileBody,
): Promise<Answer> {
  const { head = '', tail = '' } = body ?? {};
  const length = body ? head.length + body.size + tail.length : 0;
  const sending = request(url, { method, headers: { ...headers, 'content-length': length } });
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
  if (body) {
    sending.write(head);
    const end = body.start + body.size - 1;
    const file = createReadStream(body.path, { start: body.start, end, highWaterMark: CHUNK });
    await pipeline(file, sending, { end: false });
  }
  sending.end(tail);
  const [response] = await answered;
  const answer = {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await text(response),
  };
  if (answer.status < 200 || answer.status > 299) {
    throw new Error(`${method} ${url} answered ${answer.status}: ${answer.body}`);
  }
  return answer;
}

/** Reads an answer to its end, following one redirect, and keeps nothing. */
export async function drain(url: string): Promise<void> {
  const [response] = (await once(request(url).end(), 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  if (response.headers.location) await drain(response.headers.location);
  else if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
}
