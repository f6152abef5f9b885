import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Services } from '../services.ts';
import { ownerOf } from '../upload-token.ts';
import { uppyFormRoute } from './uppy-form.ts';
import { uppyPartsRoutes } from './uppy-parts.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose uploads a request of Uppy is about. */
    owner: string;
  }
}

/** Where the routes are that carry an upload token. */
export const TOKEN_PREFIX = '/u/:token';

/**
 * What Uppy's @uppy/aws-s3 asks of a Companion, under `/s3`: a face of the same uploads. It is there
 * a second time with a token in the path.
 */
export const uppyRoutes: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  app.decorateRequest('owner', '');
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    const { token } = request.params as { token?: string };
    request.owner = await ownerOf(services.settings.uploadTokenSecret, token);
  });
  await app.register(uppyFormRoute, services);
  await app.register(uppyPartsRoutes, services);
};
