import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Trouble } from './fault-proxy.ts';

/** A request that came by. */
export interface Passed {
  method: string;
  path: string;
  /** Of a part that is sent by a presigned request. */
  part: number | undefined;
  /** How many such requests for the same came before. */
  before: number;
}

/** A line to the service, or to its store, that can be told to make trouble. */
export interface UploadLine {
  url: string;
  /** Everything that came by since the last `watch`. */
  readonly passed: readonly Passed[];
  /** Starts to count anew. @param trouble what becomes of a request */
  watch(trouble?: (request: Passed) => Trouble | undefined): void;
  close(): Promise<void>;
}

/** Stands between a client and a server. Headers pass unchanged: they are signed. */
export async function startUploadLine(target: () => string): Promise<UploadLine> {
  const agent = new Agent({ keepAlive: true });
  let troubleOf: Parameters<UploadLine['watch']>[0];
  let passed: Passed[] = [];

  function note({ method = '', url = '' }: IncomingMessage): Passed {
    const { pathname: path, searchParams } = new URL(url, 'http://line');
    const isPresigned = searchParams.has('X-Amz-Signature');
    const part = isPresigned ? Number(searchParams.get('partNumber')) || undefined : undefined;
    const same = passed.filter((p) => p.method === method && p.path === path && p.part === part);
    const entry = { method, path, part, before: same.length };
    passed.push(entry);
    return entry;
  }

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const noted = note(incoming);
    const trouble = troubleOf?.(noted);
    if (trouble && 'instead' in trouble) {
      if (!trouble.atOnce) await buffer(incoming);
      trouble.instead(response);
      return;
    }
    const { hostname, port } = new URL(target());
    const { method, url: path, headers } = incoming;
    const forwarded = request({ agent, hostname, port, method, path, headers });
    incoming.pipe(forwarded);
    const [head] = (await once(forwarded, 'response')) as [IncomingMessage];
    const body = await buffer(head);
    const { statusCode: status = 502 } = head;
    if (trouble) trouble.afterwards(response, { status, headers: head.headers, body });
    else response.writeHead(status, head.headers).end(body);
  }

  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get passed() {
      return passed;
    },
    watch(next) {
      troubleOf = next;
      passed = [];
    },
    async close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, 'close');
    },
  };
}
