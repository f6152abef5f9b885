import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { ANONYMOUS, AppError, FileEvent, reference } from '@file-upload/shared-types';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as Type from 'typebox';
import type { NotificationFeed, Services } from '../services.ts';
import { commonHeaders, errors } from './errors.ts';

const EVENT_STREAM = 'text/event-stream';
/** Milliseconds after which a client that lost its stream comes back. */
const RETRY_MS = 2000;
/** Proxies take what is silent for a minute, some for half of one, to be dead. */
const HEARTBEAT_MS = 15_000;
/** Milliseconds that a client has to read what is left when the service ends. */
const LAST_WORDS_MS = 1000;

const schema = {
  operationId: 'streamEvents',
  summary: 'Follow what is announced',
  description:
    'Server-sent events: one for each announcement of a file that `GET /files` lists, as it is made. The `id` of an event that is sent back as `Last-Event-ID`, as browsers do by themselves, brings every later one first. An announcement may come more than once: its `event_id` tells.',
  tags: ['files'],
  headers: Type.Object({
    'last-event-id': Type.Optional(
      Type.String({
        description:
          'The `id` of the last event that you have. After anything else, everything is sent that there is; without it, only what is new.',
      }),
    ),
  }),
  response: {
    200: {
      description:
        'A stream without an end. `event` is the name of the announcement, `data` all of it, a `FileEvent`, in one line of JSON.',
      headers: commonHeaders,
      // What there is of JSON is within the text: https://spec.openapis.org/oas/v3.1.0
      content: {
        [EVENT_STREAM]: {
          schema: Type.String({ contentSchema: reference(FileEvent) }),
        },
      },
    },
    ...errors('EVENTS_NOT_AVAILABLE'),
  },
};

/** `GET /events`: server-sent events, as section 9.2 of the HTML standard has them. */
export const eventRoute: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  const { notifications, settings } = services;
  const streams = new Map<ServerResponse, AbortController>();
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    for (const stream of streams.values()) stream.abort();
    // Who does not read to the end is cut off.
    setTimeout(() => {
      for (const response of streams.keys()) response.destroy();
    }, LAST_WORDS_MS).unref();
    done();
  });

  app.get('/events', { schema }, async (request, reply) => {
    if (!notifications) {
      throw new AppError(
        'EVENTS_NOT_AVAILABLE',
        'This service streams no events. Poll GET /files, or subscribe to its SNS topic.',
      );
    }
    void reply
      .type(EVENT_STREAM)
      .header('cache-control', 'no-store')
      // nginx would collect the events until they fill a buffer.
      .header('x-accel-buffering', 'no')
      // One that is kept alive would outlive the stream, and hold up the end of the service.
      .header('connection', 'close');
    if (request.method === 'HEAD') return await reply.send('');

    const { raw } = reply;
    const stream = new AbortController();
    if (isClosing) stream.abort();
    streams.set(raw, stream);
    const stopBeats = beat(raw, settings.eventHeartbeatMs ?? HEARTBEAT_MS, stream.signal);
    raw.once('close', () => {
      stopBeats();
      stream.abort();
      streams.delete(raw);
    });
    const events = notifications.follow(request.headers['last-event-id'], stream.signal);
    return await reply.send(Readable.from(frames(events, stream.signal)) as never);
  });
};

/**
 * The events as they go over the wire, each in one piece, each when the one before has gone. Those of
 * files that have an owner are left out: anybody may ask, and who knows a file's id may delete it.
 */
async function* frames(
  events: ReturnType<NotificationFeed['follow']>,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  yield `retry: ${RETRY_MS}\n\n`;
  try {
    for await (const { id, message } of events) {
      const { event, owner } = message as FileEvent;
      if (owner !== ANONYMOUS) continue;
      yield `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(message)}\n\n`;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Writes a comment from time to time, between the events, to a client that keeps reading. */
function beat(response: ServerResponse, everyMs: number, signal: AbortSignal): () => void {
  const timer = setInterval(() => {
    if (signal.aborted || !response.headersSent || response.writableNeedDrain) return;
    response.write(':\n\n');
  }, everyMs);
  return () => {
    clearInterval(timer);
  };
}
