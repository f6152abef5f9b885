/** Lets one task at a time through for each key, in the order they came. */
export interface KeyLocks {
  run<T>(key: string, task: () => Promise<T>): Promise<T>;
  /** Resolves when every task that runs or waits now for a key with this prefix has ended. */
  drained(prefix: string): Promise<void>;
}

export function createKeyLocks(): KeyLocks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    async run(key, task) {
      const before = tails.get(key);
      const mine = before ? before.then(task, task) : task();
      tails.set(key, mine);
      try {
        return await mine;
      } finally {
        if (tails.get(key) === mine) tails.delete(key);
      }
    },
    async drained(prefix) {
      const running = [...tails].filter(([key]) => key.startsWith(prefix));
      await Promise.allSettled(running.map(([, tail]) => tail));
    },
  };
}
