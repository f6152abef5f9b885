import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A line to a store that can be told to lose answers. */
export interface LossyProxy {
  endpoint: string;
  /** Lets the store do what the next request that matches asks for, and then breaks the line. */
  loseAnswerTo(matches: (request: IncomingMessage) => boolean): void;
  /** How many answers got lost. */
  readonly lost: number;
  close: () => Promise<void>;
}

/** Stands between a client and the store at `target`. Headers pass unchanged: they are signed. */
export async function startLossyProxy(target: string): Promise<LossyProxy> {
  const { hostname, port } = new URL(target);
  let pending: ((request: IncomingMessage) => boolean) | undefined;
  let lost = 0;

  const server = createServer((incoming, outgoing) => {
    const { method, url: path } = incoming;
    const headers = { ...incoming.headers };
    delete headers.expect; // The client was told to continue already.
    const loses = pending?.(incoming) ?? false;
    if (loses) pending = undefined;
    const forwarded = request({ hostname, port, method, path, headers }, (answer) => {
      if (loses) {
        lost++;
        outgoing.destroy();
        answer.resume();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswerTo: (matches) => void (pending = matches),
    get lost() {
      return lost;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
