import { Failure } from './failure.ts';

/** What a shell gives for a command that Ctrl-C ended. */
export const INTERRUPTED = 130;
/** Windows has no groups of processes: Ctrl-C reaches all that run in the terminal by itself. */
export const HAS_GROUPS = process.platform !== 'win32';
/** Signals that arrive within this time are one. */
const ONE_KEY_PRESS_MS = 500;

/** What the user has asked to stop, and what is to be told of it. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Calls back at each key press, until told to stop. @returns what stops it */
  listen(listener: () => void): () => void;
  /**
   * For what cannot be stopped: waits no longer than until the first key press.
   *
   * @throws Failure that says so
   */
  orInterrupted<T>(wait: Promise<T>): Promise<T>;
}

/** @param left what became of what was not done */
export function interrupted(left = ''): Failure {
  return new Failure(`Interrupted.${left && ` ${left}`}`, { exitCode: INTERRUPTED });
}

/**
 * Takes over Ctrl-C and the like, so that whatever runs can end in order. A terminal and a task
 * runner both pass on the same key press; it counts once. A second one while nobody listens ends
 * the process, whatever it waits for.
 */
export function watchSignals(): Interruption {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<() => void>();
  let lastAt = -Infinity;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const isNew = performance.now() - lastAt > ONE_KEY_PRESS_MS;
      lastAt = performance.now();
      if (isNew && signal.aborted && listeners.size === 0) {
        process.removeAllListeners(name);
        process.kill(process.pid, name);
      }
      controller.abort();
      if (isNew) for (const listener of listeners) listener();
    });
  }
  return {
    signal,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async orInterrupted(wait) {
      const { promise, reject } = Promise.withResolvers<never>();
      const giveUp = () => reject(interrupted());
      signal.addEventListener('abort', giveUp);
      try {
        return await Promise.race([wait, promise]);
      } finally {
        signal.removeEventListener('abort', giveUp);
      }
    },
  };
}
