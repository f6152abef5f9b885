import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web site with one page: neither the API nor the store. */
export interface Site {
  /** `http://localhost:<port>`. */
  origin: string;
  close(): Promise<void>;
}

const TYPES: Record<string, string> = {
  '/script.js': 'text/javascript',
  '/': 'text/html; charset=utf-8',
};

/** Serves a page where a file can be chosen, and which runs a script. */
export async function startSite(script = ''): Promise<Site> {
  const bodies: Record<string, string> = {
    '/script.js': script,
    '/': '<!doctype html><title>Site</title><link rel="icon" href="data:,"><input type="file" multiple><script type="module" src="/script.js"></script>',
  };
  const server = createServer(({ url = '' }, response) => {
    response
      .writeHead(url in bodies ? 200 : 404, { 'content-type': TYPES[url] ?? 'text/plain' })
      .end(bodies[url]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
