import type { ObjectCreated } from '@file-upload/workflow';

/** Where events come from. */
export interface EventSource {
  /** The first events after this sequencer, or of all, oldest first, as soon as there are any. */
  next(after: string | undefined, limit: number): Promise<ObjectCreated[]>;
  /** Forgets an event, which is finished. */
  remove(sequencer: string): Promise<void>;
  /** Aborted when the source is about to close. */
  closing: AbortSignal;
}

export type HandleEvent = (event: ObjectCreated) => Promise<void>;

export interface DeliveryOptions {
  /** How many events are handled at a time. */
  concurrency?: number;
  /** The wait before the second try, which doubles from try to try, in milliseconds. */
  firstRetryMillis?: number;
  /** The longest wait between tries, in milliseconds. */
  maxRetryMillis?: number;
  /** Told of every rejection, with its event, and of events that could not be read. */
  report?: (error: unknown, event?: ObjectCreated) => void;
}

/** Events being handed over. */
export interface Delivery {
  /** Stops handing over, and resolves when the events being handled have been. */
  stop(): Promise<void>;
}

interface Attempt {
  event: ObjectCreated;
  /** How often it was tried before. */
  tries: number;
}

/**
 * An event waits until it is this old: who made the object is writing its row meanwhile, which the
 * workflow would otherwise have to rebuild. EventBridge takes longer than that.
 */
const SETTLE_MILLIS = 100;
/** Of events that were not tried yet, so many are in memory. */
const PAGE = 100;
/**
 * As many may wait for another try, in memory, before no others are tried: then it is not the
 * events that are at fault.
 */
const MAX_WAITING = 10_000;

/**
 * Hands over every event of a source; see {@link Embedded.deliver}. Second tries take at most half
 * of the places, so that events that always fail do not keep the others from passing.
 */
export function deliverEvents(
  source: EventSource,
  handle: HandleEvent,
  options: DeliveryOptions = {},
): Delivery {
  const { concurrency = 16, firstRetryMillis = 1000, maxRetryMillis = 60_000 } = options;
  const { report = () => undefined } = options;
  const maxRetrying = Math.max(1, Math.floor(concurrency / 2));
  const fresh: Attempt[] = [];
  const again: Attempt[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const ended = Promise.withResolvers<void>();
  let cursor: string | undefined;
  let reading = false;
  let settling = false;
  let waiting = 0;
  let running = 0;
  let retrying = 0;
  let stopped = false;

  const later = (millis: number, action: () => void): void => {
    if (stopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
      proceed();
    }, millis);
    timers.add(timer);
  };

  const read = async (): Promise<void> => {
    reading = true;
    try {
      const events = await source.next(cursor, PAGE);
      cursor = events.at(-1)?.detail.object.sequencer ?? cursor;
      fresh.push(...events.map((event) => ({ event, tries: 0 })));
      reading = false;
      proceed();
    } catch (error) {
      if (stopped) return;
      report(error);
      later(firstRetryMillis, () => (reading = false));
    }
  };

  const takeFresh = (): Attempt | undefined => {
    const [next] = fresh;
    if (!next || settling) return undefined;
    const age = Date.now() - Date.parse(next.event.time);
    // A clock that was set back must not hold anything up.
    if (age < 0 || age >= SETTLE_MILLIS) return fresh.shift();
    settling = true;
    later(SETTLE_MILLIS - age, () => (settling = false));
    return undefined;
  };

  const proceed = (): void => {
    while (!stopped && running < concurrency) {
      const attempt = retrying < maxRetrying ? (again.shift() ?? takeFresh()) : takeFresh();
      if (!attempt) break;
      void run(attempt);
    }
    if (stopped && running === 0) ended.resolve();
    if (!stopped && !reading && fresh.length === 0 && waiting < MAX_WAITING) void read();
  };

  const run = async (attempt: Attempt): Promise<void> => {
    const { event, tries } = attempt;
    const place = tries > 0 ? 1 : 0;
    running += 1;
    retrying += place;
    waiting -= place;
    try {
      await handle(event);
      // A removal that fails is one that was lost: the event comes again after a restart.
      await source.remove(event.detail.object.sequencer ?? '').catch(() => undefined);
    } catch (error) {
      report(error, event);
      waiting += 1;
      const wait = Math.min(firstRetryMillis * 2 ** tries, maxRetryMillis);
      later(wait, () => again.push({ event, tries: tries + 1 }));
    }
    running -= 1;
    retrying -= place;
    proceed();
  };

  const halt = (): void => {
    stopped = true;
    for (const timer of timers) clearTimeout(timer);
    source.closing.removeEventListener('abort', halt);
    if (running === 0) ended.resolve();
  };
  source.closing.addEventListener('abort', halt);
  if (source.closing.aborted) halt();
  proceed();

  return {
    stop() {
      halt();
      return ended.promise;
    },
  };
}
