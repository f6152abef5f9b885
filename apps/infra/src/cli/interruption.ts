/** What a shell gives for a command that Ctrl-C ended. */
export const INTERRUPTED = 130;
/** Signals that arrive within this time are one. */
const ONE_KEY_PRESS_MS = 500;

/** What the user has asked to stop, and what is to be told of it. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Calls back at each key press, until told to stop. @returns what stops it */
  listen(listener: () => void): () => void;
}

/**
 * Takes over Ctrl-C and the like, so that whatever runs can end in order. A terminal and a task
 * runner both pass on the same key press; it counts once.
 */
export function watchSignals(): Interruption {
  const controller = new AbortController();
  const listeners = new Set<() => void>();
  let lastAt = -Infinity;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const isNew = performance.now() - lastAt > ONE_KEY_PRESS_MS;
      lastAt = performance.now();
      controller.abort();
      if (isNew) for (const listener of listeners) listener();
    });
  }
  return {
    signal: controller.signal,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
