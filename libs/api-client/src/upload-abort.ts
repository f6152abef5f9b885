/**
 * Does work that may take for ever, such as reading the next bytes of a stream.
 *
 * @returns what rejects with the reason of `signal` as soon as that is aborted; if it was before, the
 *   work is not begun
 */
export async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort);
  });
  return await Promise.race([work(), aborted]).finally(() => {
    signal.removeEventListener('abort', onAbort);
  });
}
