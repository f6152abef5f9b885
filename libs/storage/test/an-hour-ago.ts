import { jest } from '@jest/globals';

/** Runs `sign` with the clock an hour back; timers and sockets keep running. */
export async function anHourAgo<T>(sign: () => Promise<T>): Promise<T> {
  jest.useFakeTimers({
    now: Date.now() - 3_600_000,
    doNotFake: [
      'clearImmediate',
      'clearInterval',
      'clearTimeout',
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'setInterval',
      'setTimeout',
    ],
  });
  try {
    return await sign();
  } finally {
    jest.useRealTimers();
  }
}
