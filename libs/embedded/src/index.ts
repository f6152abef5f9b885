import { MessageChannel, Worker } from 'node:worker_threads';
import { EmbeddedStartError, type Embedded, type EmbeddedOptions } from './embedded.ts';
import { remoteEvents } from './event-channel.ts';
import { deliverEvents } from './event-delivery.ts';
import type { WorkerInput, WorkerMessage } from './worker.ts';

export { EmbeddedStartError, type Embedded, type EmbeddedOptions } from './embedded.ts';
export type { Delivery, DeliveryOptions, HandleEvent } from './event-delivery.ts';
export {
  openNotificationLog,
  type Notification,
  type NotificationLog,
} from './notification-log.ts';
export {
  createWorkflowRunner,
  WorkflowError,
  type PublishedMessage,
  type RunWorkflow,
  type WorkflowRunnerOptions,
} from './workflow-runner.ts';

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
  // A channel of their own keeps the events apart from what Node and the start have to say.
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { options, eventPort: port2 } satisfies WorkerInput,
    transferList: [port2],
    // Collects the chunks of large transfers early: V8 would let 100 MiB of them pile up.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
  const message = await firstMessage(worker);
  if (message.type === 'failed') {
    await worker.terminate();
    throw new EmbeddedStartError(message.code, message.message);
  }

  const closing = new AbortController();
  const events = remoteEvents(port1, closing.signal);
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      if (!closing.signal.aborted)
        throw new Error(`The embedded S3 and DynamoDB ended with exit code ${code}.`);
      resolve();
    });
  });
  return {
    ...message.embedded,
    deliver: (handle, options) => deliverEvents(events, handle, options),
    close() {
      if (!closing.signal.aborted) worker.postMessage('close');
      closing.abort();
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
