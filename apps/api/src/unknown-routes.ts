import { AppError } from '@file-upload/shared-types';
import type { FastifyInstance } from 'fastify';
import { withoutToken } from './upload-token.ts';

/**
 * Answers requests that no route is for, before their body is read: 405 with `Allow` (RFC 9110
 * section 15.5.6) where the path exists under other methods, else 404. Learns the routes that are
 * added after it.
 */
export function refuseUnknownRoutes(app: FastifyInstance): void {
  const routes = new Map<string, { path: RegExp; methods: Set<string> }>();

  app.addHook('onRoute', ({ url, method }) => {
    if (url === '*') return; // CORS preflight, which answers for every path.
    const pattern = url.replace(/[.]/g, '\\.').replace(/:[^/]+/g, '[^/]+');
    const route = routes.get(url) ?? { path: new RegExp(`^${pattern}$`), methods: new Set() };
    for (const one of [method].flat()) route.methods.add(one);
    routes.set(url, route);
  });

  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) {
      done();
      return;
    }
    const path = withoutToken(request.url.split('?', 1)[0] ?? '');
    const methods = [...routes.values()].find((route) => route.path.test(path))?.methods;
    if (methods) {
      const allowed = [...methods].join(', ');
      void reply.header('allow', allowed);
      done(
        new AppError('METHOD_NOT_ALLOWED', `${path} does not take ${request.method}: ${allowed}.`),
      );
    } else {
      const message = `There is no ${path}. GET /openapi.json describes what there is.`;
      done(new AppError('ROUTE_NOT_FOUND', message));
    }
  });
}
