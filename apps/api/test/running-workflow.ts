import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createWorkflowRunner, openNotificationLog } from '@file-upload/embedded';
import type { FileEvent } from '@file-upload/shared-types';
import { createTasks, EVERY_FILE, type ObjectCreated } from '@file-upload/workflow';
import { startService, type Service, type ServiceOptions } from './service.ts';

const PATIENCE_MS = 30_000;

/** The workflow of a service, and what it has announced. */
export interface RunningWorkflow {
  /** Every announcement so far. */
  announced: FileEvent[];
  /** Every event that arrived so far. */
  events: ObjectCreated[];
  /** Runs the workflow for an event, as a redelivery would. */
  run: (event: ObjectCreated) => Promise<void>;
  /** The first announcement of which this is true; waits for it. */
  announcement: (isMeant: (event: FileEvent) => boolean) => Promise<FileEvent>;
  /**
   * Resolves when the workflow has come to the end of the events of all objects that arrived before,
   * and of those that it made itself on the way.
   */
  idle: () => Promise<void>;
  close: () => Promise<void>;
}

/** Runs the workflow of a service in this process, the way server.ts does. */
export async function runWorkflow({
  embedded,
  stores,
  recordedStores,
  url,
}: Service): Promise<RunningWorkflow> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-'));
  const log = await openNotificationLog(join(folder, 'notifications.ndjson'));
  const announced: FileEvent[] = [];
  const events: ObjectCreated[] = [];
  const run = createWorkflowRunner({
    runTask: createTasks({ ...recordedStores, rules: EVERY_FILE, baseUrl: () => url }),
    async publish({ Message }) {
      const event = JSON.parse(Message) as FileEvent;
      await log.append(event);
      announced.push(event);
    },
    retryMillis: 20,
  });
  const markers = new Map<string, PromiseWithResolvers<void>>();
  let finished = 0;
  const delivery = embedded.deliver(async (event) => {
    const marker = markers.get(event.detail.object.key);
    if (marker) return marker.resolve();
    // One that fails comes again.
    if (!events.includes(event)) events.push(event);
    await run(event);
    finished++;
  });

  /** Polls until `look` finds something. */
  async function until<T>(what: string, look: () => T | undefined): Promise<T> {
    for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(10)) {
      const found = look();
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`${what} did not come.`);
    }
  }
  /** Waits for the event of an object made for that: events are handed over in their order. */
  async function arrivalOfAll(): Promise<void> {
    const object = { Bucket: embedded.bucket, Key: randomUUID() };
    const marker = Promise.withResolvers<void>();
    markers.set(object.Key, marker);
    await stores.clients.s3.send(new PutObjectCommand({ ...object, Body: 'a marker' }));
    await marker.promise;
    await stores.clients.s3.send(new DeleteObjectCommand(object));
  }

  return {
    announced,
    events,
    run,
    announcement: (isMeant) => until('The announcement', () => announced.find(isMeant)),
    async idle() {
      for (let seen = -1; seen < events.length;) {
        await until('The end', () => (finished === events.length ? true : undefined));
        seen = events.length;
        await arrivalOfAll();
      }
    },
    async close() {
      await delivery.stop();
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A service whose workflow runs, as it does behind server.ts. */
export interface CompleteService extends Service {
  workflow: RunningWorkflow;
}

/** Starts both. */
export async function startCompleteService(options?: ServiceOptions): Promise<CompleteService> {
  const service = await startService(options);
  const workflow = await runWorkflow(service);
  return {
    ...service,
    workflow,
    async close() {
      await workflow.close();
      await service.close();
    },
  };
}

/** Runs the workflow of a service until it has come to the end of everything that arrived so far. */
export async function runWorkflowToItsEnd(service: Service): Promise<void> {
  const workflow = await runWorkflow(service);
  await workflow.idle().finally(() => workflow.close());
}
