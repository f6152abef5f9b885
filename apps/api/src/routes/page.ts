import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@file-upload/shared-types';
import type { FastifyPluginAsync } from 'fastify';
import type { Services } from '../services.ts';
import { sendFile, sendText } from '../static-file.ts';

const TYPES: Record<string, string> = {
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
};
/** As the build names them: nothing else of the folder is served, and nothing outside of it. */
const ASSET = /^[a-z-]+-[A-Z0-9]{8}\.(js|css|svg)$/;

/** Tells the page that the service streams events. */
const HAS_EVENTS = ' data-events';

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>File Upload API</title>
</head>
<body>
<p>The upload page is not built: run <code>npx nx build web</code>, then reload. The API is there: <a href="docs">try it</a>.</p>
</body>
</html>
`;

/** The upload page, which sends files straight to the store. */
export const pageRoutes: FastifyPluginAsync<Services> = async (app, services) => {
  const { settings, objects, notifications } = services;
  let policy: string | undefined;
  /** Where presigned requests go, nobody but the signer knows; it takes no call. */
  async function pagePolicy(): Promise<string> {
    policy ??= policyFor(new URL((await objects.presigner.publicUrl('page')).url).origin);
    return policy;
  }

  app.get('/', async (request, reply) => {
    void reply.header('content-security-policy', await pagePolicy());
    const path = join(settings.pageFolder, 'index.html');
    try {
      const built = await readFile(path, 'utf8');
      // The page would ask for events in vain, which browsers write to the console as an error.
      const page = notifications ? built : built.replace(HAS_EVENTS, '');
      const bytes = Buffer.from(page);
      return await sendText(request, reply, { bytes, type: 'text/html', cacheControl: 'no-cache' });
    } catch (error) {
      if (!isMissing(error)) throw error;
      return await reply.type('text/html; charset=utf-8').send(NOT_BUILT);
    }
  });

  app.get<{ Params: { name: string } }>('/assets/:name', async (request, reply) => {
    const { name } = request.params;
    const unknown = () =>
      new AppError('ROUTE_NOT_FOUND', `There is no /assets/${name}. Reload the page.`);
    const ending = ASSET.exec(name)?.[1];
    if (ending === undefined) throw unknown();
    try {
      return await sendFile(request, reply, {
        path: join(settings.pageFolder, 'assets', name),
        type: TYPES[ending] ?? '',
        // Another content has another name.
        cacheControl: 'public, max-age=31536000, immutable',
      });
    } catch (error) {
      throw isMissing(error) ? unknown() : error;
    }
  });
};

/**
 * The page runs its own scripts alone, and speaks to the service and the store.
 *
 * @param store the origin of presigned requests
 */
function policyFor(store: string): string {
  return [
    "default-src 'none'",
    // WebAssembly computes the checksums; it runs nothing that a script of the page has not loaded.
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    `img-src 'self' blob: data: ${store}`,
    `connect-src 'self' ${store}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
