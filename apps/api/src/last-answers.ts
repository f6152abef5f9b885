import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Milliseconds in which a connection has to bring a whole request once `app` closes. */
const LAST_REQUEST_MS = 1000;

/**
 * Once `app` closes, tells clients with each answer that their connection ends: one that is kept
 * alive would keep the whole process alive. So would one that brings no request, such as those that
 * browsers open in advance, and which Node does not count as idle; it is cut off a moment later.
 */
export function closeAfterLastAnswers(app: FastifyInstance): void {
  let isClosing = false;
  /** How many requests each connection waits for the answers to. */
  const connections = new Map<Socket, number>();
  const count = (socket: Socket, by: number) => {
    const requests = connections.get(socket);
    if (requests !== undefined) connections.set(socket, requests + by);
  };
  app.server.on('connection', (socket: Socket) => {
    connections.set(socket, 0);
    socket.once('close', () => connections.delete(socket));
  });
  app.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    count(socket, 1);
    response.once('close', () => {
      count(socket, -1);
    });
  });

  app.addHook('preClose', (done) => {
    isClosing = true;
    setTimeout(() => {
      for (const [socket, requests] of connections) if (requests === 0) socket.destroy();
    }, LAST_REQUEST_MS).unref();
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) void reply.header('connection', 'close');
    done();
  });
}
