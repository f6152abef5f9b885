import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { ACCOUNT_ID } from '../engine/simulate.ts';

/** MiniStack looks for an API in the account of the credentials, which nobody checks here. */
const ACCOUNT = ['authorization', `AWS4-HMAC-SHA256 Credential=${ACCOUNT_ID}/`];

/** Stands before MiniStack where AWS ends TLS, so that what refuses plain HTTP lets requests in. */
export interface Edge extends AsyncDisposable {
  /** The endpoint of AWS's services. */
  url: string;
  /** Opens an address that leads to an HTTP API alone, without a path before its own. */
  serveApi(apiId: string): Promise<string>;
}

/** @param endpoint MiniStack's own, where every request counts as one over plain HTTP */
export async function startEdge(endpoint: string): Promise<Edge> {
  const servers: Server[] = [];
  const serve = async (prefix = '', header: string[] = []) => {
    const server = forward(endpoint, prefix, ['x-forwarded-proto', 'https', ...header]);
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  return {
    url: await serve(),
    serveApi: (apiId) => serve(`/_aws/execute-api/${apiId}/$default`, ACCOUNT),
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
        await once(server, 'close');
      }
    },
  };
}

function forward(endpoint: string, prefix: string, added: string[]): Server {
  const { hostname, port } = new URL(endpoint);
  return createServer((received, response) => {
    const headers = [...received.rawHeaders, ...added];
    const forwarded = request({
      hostname,
      port,
      method: received.method,
      path: prefix + received.url,
      // A list keeps what was signed: the order, the case and the host. 100 Continue is answered here.
      headers: headers.flatMap((name, index) =>
        index % 2 === 0 && name.toLowerCase() !== 'expect' ? [name, headers[index + 1] ?? ''] : [],
      ),
    });
    forwarded.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      pipeline(answer, response, () => undefined);
    });
    forwarded.on('error', () => response.destroy());
    pipeline(received, forwarded, () => undefined);
  });
}
