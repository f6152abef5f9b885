import { Health, reference } from '@file-upload/shared-types';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Services } from '../services.ts';
import { commonHeaders, errors } from './errors.ts';

const answer = (description: string) => ({
  description,
  headers: commonHeaders,
  content: { 'application/json': { schema: reference(Health) } },
});

export const healthRoute: FastifyPluginAsyncTypebox<Services> = async (
  app,
  { objects, metadata },
) => {
  app.get(
    '/health',
    {
      schema: {
        operationId: 'getHealth',
        summary: 'Tell whether the service and its stores work',
        tags: ['service'],
        response: {
          ...errors(),
          200: answer('All of it works.'),
          503: answer('A store does not answer.'),
        },
      },
    },
    async (_request, reply) => {
      const [objectState, metadataState] = await Promise.all([
        stateOf(objects.ping()),
        stateOf(metadata.ping()),
      ]);
      const status = objectState === 'ok' ? metadataState : objectState;
      return await reply
        .code(status === 'ok' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status, dependencies: { objects: objectState, metadata: metadataState } });
    },
  );
};

async function stateOf(ping: Promise<void>): Promise<'ok' | 'unavailable'> {
  return await ping.then(
    () => 'ok',
    () => 'unavailable',
  );
}
