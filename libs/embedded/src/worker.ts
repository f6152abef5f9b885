import { parentPort, workerData } from 'node:worker_threads';
import { EmbeddedStartError, type Embedded, type EmbeddedOptions } from './embedded.ts';
import { runEmbedded } from './run-embedded.ts';

/** What the worker tells the thread that started it. */
export type WorkerMessage =
  | { type: 'started'; embedded: Omit<Embedded, 'close'> }
  | { type: 'failed'; code: string; message: string };

const tell = (message: WorkerMessage): void => parentPort?.postMessage(message);

try {
  const { close, ...embedded } = await runEmbedded(workerData as EmbeddedOptions, (error) =>
    console.error(error),
  );
  // The only message there is: it asks to close. The worker ends when nothing is left to do.
  parentPort?.once('message', () => void close().then(() => parentPort?.close()));
  tell({ type: 'started', embedded });
} catch (error) {
  if (!(error instanceof EmbeddedStartError)) throw error;
  tell({ type: 'failed', code: error.code, message: error.message });
}
