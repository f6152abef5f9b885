import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { EmbeddedStartError, type EmbeddedAddresses, type EmbeddedOptions } from './embedded.ts';
import { serveEvents } from './event-channel.ts';
import { runEmbedded } from './run-embedded.ts';

/** What the worker is started with. */
export interface WorkerInput {
  options: EmbeddedOptions;
  /** Where it is asked for events. */
  eventPort: MessagePort;
}

/** What the worker tells the thread that started it. */
export type WorkerMessage =
  | { type: 'started'; embedded: EmbeddedAddresses }
  | { type: 'failed'; code: string; message: string };

const tell = (message: WorkerMessage): void => parentPort?.postMessage(message);

try {
  const { options, eventPort } = workerData as WorkerInput;
  const {
    close,
    events,
    deliver: _,
    ...embedded
  } = await runEmbedded(options, (error) => console.error(error));
  serveEvents(eventPort, events);
  // The only message there is: it asks to close. The worker ends when nothing is left to do.
  parentPort?.once('message', () => void close().then(() => parentPort?.close()));
  tell({ type: 'started', embedded });
} catch (error) {
  if (!(error instanceof EmbeddedStartError)) throw error;
  tell({ type: 'failed', code: error.code, message: error.message });
}
