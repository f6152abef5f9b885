import { AppError } from '@file-upload/shared-types';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problems.ts';

/** Bytes that a client has to send in each period, unless we are the ones who are slow. */
const MIN_BYTES = 4096;

/**
 * Answers 408 to clients that stop sending in the middle of a body, or let it drip, and frees what
 * the request holds. Time in which the service has bytes left to read does not count: then it is
 * the service that is slow. Uploads may take as long as they like otherwise.
 *
 * @param periodMs milliseconds
 */
export function refuseSlowBodies(app: FastifyInstance, periodMs: number): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request;
    let before = raw.socket.bytesRead;
    const timer = setInterval(() => {
      const now = raw.socket.bytesRead;
      if (raw.complete || reply.sent) clearInterval(timer);
      else if (raw.readableLength > 0 || now - before >= MIN_BYTES) before = now;
      else {
        clearInterval(timer);
        const message = `Less than ${MIN_BYTES} bytes of the body arrived in ${periodMs / 1000} s. Send it again.`;
        // Ends what reads the body, once the client has been told.
        reply.raw.once('finish', () => raw.destroy());
        sendProblem(request, reply, new AppError('REQUEST_TIMEOUT', message));
      }
    }, periodMs);
    timer.unref();
    raw.once('close', () => {
      clearInterval(timer);
    });
    done();
  });
}
