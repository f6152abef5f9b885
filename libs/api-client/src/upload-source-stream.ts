import { readingSource, sourceChanged, UploadError } from './upload-error.ts';
import type { OpenSource, SizedStream } from './upload-source.ts';

/** Opens a stream, which can be read once. @throws UploadError */
export function openStream({ stream, size }: SizedStream): OpenSource {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new UploadError('SOURCE_FAILED', 'A stream needs its size: a number of bytes.');
  }
  const chunks = Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : readerOf(stream);
  let rest: Uint8Array = new Uint8Array();

  /** Sees to it that `rest` has bytes. @returns whether there are any */
  async function pull(): Promise<boolean> {
    while (rest.byteLength === 0) {
      const chunk = await readingSource(chunks.next());
      if (chunk.done) return false;
      // Of a stream of text, whatever its type says.
      if (!ArrayBuffer.isView(chunk.value)) {
        throw new UploadError('SOURCE_FAILED', 'The stream gave something else than bytes.');
      }
      rest = chunk.value;
    }
    return true;
  }
  return {
    size,
    inOrder: true,
    async read(target) {
      for (let at = 0; at < target.byteLength;) {
        if (!(await pull())) throw sourceChanged(`The stream ended before it gave ${size} bytes.`);
        const taken = rest.subarray(0, target.byteLength - at);
        target.set(taken, at);
        at += taken.byteLength;
        rest = rest.subarray(taken.byteLength);
      }
    },
    async requireSame() {
      if (await pull()) throw sourceChanged(`The stream gave more than ${size} bytes.`);
    },
    async close() {
      // Not awaited: a stream that gives nothing does not end either.
      chunks.return?.().catch(() => undefined);
    },
  };
}

/** Not every browser can iterate a stream. */
function readerOf(stream: ReadableStream<Uint8Array>): AsyncIterator<Uint8Array, unknown> {
  const reader = stream.getReader();
  return {
    next: () => reader.read(),
    async return() {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
