/** What became of one item. */
export interface Walked<T, R> {
  item: T;
  result: { value: R } | { error: unknown };
}

/**
 * Works on every item, several at a time, and yields in the order of the items. Once `signal` is
 * aborted no further item is begun, and those that were are finished.
 *
 * @param concurrency how many items are worked on at a time, 1 or more
 */
export async function* walk<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  work: (item: T) => Promise<R>,
  { concurrency, signal }: { concurrency: number; signal?: AbortSignal | undefined },
): AsyncGenerator<Walked<T, R>, void> {
  const running: Promise<Walked<T, R>>[] = [];
  try {
    for await (const item of items) {
      if (signal?.aborted) break;
      running.push(
        work(item).then(
          (value) => ({ item, result: { value } }),
          (error: unknown) => ({ item, result: { error } }),
        ),
      );
      if (running.length >= concurrency) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.all(running);
  }
}
