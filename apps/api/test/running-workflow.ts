import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWorkflowRunner, openNotificationLog } from '@file-upload/embedded';
import type { FileEvent } from '@file-upload/shared-types';
import { createTasks, EVERY_FILE, type ObjectCreated } from '@file-upload/workflow';
import type { Service } from './service.ts';

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
  /** Resolves when the workflow has come to the end of every event that arrived. */
  idle: () => Promise<void>;
  close: () => Promise<void>;
}

/** Runs the workflow of a service in this process, the way server.ts does. */
export async function runWorkflow({
  embedded,
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
  let finished = 0;
  const delivery = embedded.deliver(async (event) => {
    events.push(event);
    await run(event).finally(() => finished++);
  });

  /** Polls until `look` finds something. */
  async function until<T>(what: string, look: () => T | undefined): Promise<T> {
    for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(10)) {
      const found = look();
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`${what} did not come.`);
    }
  }
  return {
    announced,
    events,
    run,
    announcement: (isMeant) => until('The announcement', () => announced.find(isMeant)),
    async idle() {
      // Events are handed over a moment after their objects arrived.
      await sleep(300);
      await until('The end', () => (finished === events.length ? true : undefined));
    },
    async close() {
      await delivery.stop();
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}
