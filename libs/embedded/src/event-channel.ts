import type { MessagePort } from 'node:worker_threads';
import type { ObjectCreated } from '@file-upload/workflow';
import type { EventSource } from './event-delivery.ts';

type Request = { id: number } & (
  { type: 'next'; after: string | undefined; limit: number } | { type: 'remove'; sequencer: string }
);

type Reply = { id: number } & ({ events: ObjectCreated[] } | { error: unknown });

/** Lets the thread at the other end of a channel have events. */
export function serveEvents(port: MessagePort, source: EventSource): void {
  const answer = async (request: Request): Promise<ObjectCreated[]> => {
    if (request.type === 'next') return source.next(request.after, request.limit);
    await source.remove(request.sequencer);
    return [];
  };
  const reply = (message: Reply): void => port.postMessage(message);
  port.on('message', (request: Request) => {
    const { id } = request;
    answer(request).then(
      (events) => reply({ id, events }),
      (error: unknown) => reply({ id, error }),
    );
  });
  // The thread lives as long as its servers do.
  port.unref();
}

/** The events that the thread at the other end of a channel serves. */
export function remoteEvents(port: MessagePort, closing: AbortSignal): EventSource {
  const waiting = new Map<number, PromiseWithResolvers<ObjectCreated[]>>();
  let lastId = 0;
  port.on('message', (reply: Reply) => {
    const request = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('events' in reply) request?.resolve(reply.events);
    else request?.reject(reply.error);
  });
  let closed = false;
  port.once('close', () => {
    closed = true;
    for (const { reject } of waiting.values()) reject(new Error('The events are closed.'));
  });
  port.unref();

  const ask = (request: DistributiveOmit<Request, 'id'>): Promise<ObjectCreated[]> => {
    if (closed) return Promise.reject(new Error('The events are closed.'));
    const id = (lastId += 1);
    const answer = Promise.withResolvers<ObjectCreated[]>();
    waiting.set(id, answer);
    port.postMessage({ ...request, id });
    return answer.promise;
  };
  return {
    next: (after, limit) => ask({ type: 'next', after, limit }),
    remove: async (sequencer) => void (await ask({ type: 'remove', sequencer })),
    closing,
  };
}

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown
  ? Omit<Union, Key>
  : never;
