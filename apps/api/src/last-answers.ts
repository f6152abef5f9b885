import type { FastifyInstance } from 'fastify';

/**
 * Once `app` closes, tells clients with each answer that their connection ends: one that is kept
 * alive would keep the whole process alive.
 */
export function closeAfterLastAnswers(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) void reply.header('connection', 'close');
    done();
  });
}
