import { Worker } from 'node:worker_threads';
import { EmbeddedStartError, type Embedded, type EmbeddedOptions } from './embedded.ts';
import type { WorkerMessage } from './worker.ts';

export { EmbeddedStartError, type Embedded, type EmbeddedOptions } from './embedded.ts';

/**
 * Runs S3 and DynamoDB on the loopback interface, in a thread of their own, so that their hashing
 * and disk work does not hold up the caller's event loop.
 *
 * Should the thread die later, that is an uncaught exception of this process: an api without its
 * stores must not look alive.
 *
 * @throws EmbeddedStartError with a `code` and a message for whoever started it
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: options,
    // Collects the chunks of large transfers early: V8 would let 100 MiB of them pile up.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
  const message = await firstMessage(worker);
  if (message.type === 'failed') {
    await worker.terminate();
    throw new EmbeddedStartError(message.code, message.message);
  }

  let closing = false;
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      if (!closing) throw new Error(`The embedded S3 and DynamoDB ended with exit code ${code}.`);
      resolve();
    });
  });
  return {
    ...message.embedded,
    close() {
      if (!closing) worker.postMessage('close');
      closing = true;
      return exited;
    },
  };
}

/** What our code in the thread says first. Its death before that is an error too. */
function firstMessage(worker: Worker): Promise<WorkerMessage> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number): void => reject(new Error(`The thread ended with ${code}.`));
    const onMessage = (message: object): void => {
      // `node --watch` makes Node itself send messages from threads.
      if (!('type' in message)) return;
      // From now on an error that the thread does not handle is one of the process.
      worker.off('error', reject).off('exit', onExit).off('message', onMessage);
      resolve(message as WorkerMessage);
    };
    worker.once('error', reject).once('exit', onExit).on('message', onMessage);
  });
}
