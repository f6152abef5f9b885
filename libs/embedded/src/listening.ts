import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that listens on the loopback interface. */
export interface Listening {
  endpoint: string;
  /** Takes no new requests, and resolves when those that run have been answered. */
  close: () => Promise<void>;
}

/** @param port 0 means any free one */
export async function listenOnLoopback(server: Server, port: number): Promise<Listening> {
  let closing = false;
  const onRequest = (_: unknown, response: ServerResponse): void => {
    if (closing) response.setHeader('connection', 'close');
    // A connection that goes idle while the server closes would otherwise keep it open.
    response.once('close', () => closing && server.closeIdleConnections());
  };
  server.prependListener('request', onRequest);
  server.prependListener('checkContinue', onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve, reject) => {
        closing = true;
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeIdleConnections();
      }),
  };
}
