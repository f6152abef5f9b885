import {
  createWorkflowRunner,
  type Delivery,
  type Embedded,
  type NotificationLog,
  type PublishedMessage,
} from '@file-upload/embedded';
import { createTasks, type ObjectCreated } from '@file-upload/workflow';
import { setTimeout as wait } from 'node:timers/promises';
import { count, type FaultKind, type RandomFaults, type When } from './random-faults.ts';
import { createRecordedStores } from './recorded-calls.ts';
import { RULES } from './reindex-files.ts';
import { startFaultyLine } from './workflow-faults-line.ts';

/** What outlives a process. */
export interface World {
  embedded: Embedded;
  table: string;
  log: NotificationLog;
  faults: RandomFaults;
  /** The keys of the objects whose event was finished. */
  finished: Set<string>;
  /** How often each object's event was handed over. */
  handedOver: Map<string, number>;
  /** Executions that failed, for good reasons: a fault outlasted its retries. */
  failures: Map<string, string>;
  failed: number;
}

export interface WorkerProcess {
  stop(): Promise<void>;
}

/** Attempts are those of the state machine: the SDK makes none of its own. */
const TIMEOUTS = { attempts: 1, connectionMs: 2_000, s3IdleMs: 400, dynamodbIdleMs: 400 };

/** The process is dead: nothing it does from now on may have an effect. */
class Crash extends Error {
  override readonly name = 'Crash';
}

/** Runs one process after the other: as soon as one has died, the next one starts. */
export async function runProcesses(world: World): Promise<WorkerProcess> {
  const stopped: Promise<void>[] = [];
  const starting = new Set<Promise<void>>();
  let current: WorkerProcess;
  const next = async (): Promise<void> => {
    current = await startProcess(world, () => {
      stopped.push(current.stop());
      const start = next().finally(() => starting.delete(start));
      starting.add(start);
    });
  };
  await next();
  return {
    async stop() {
      await Promise.all(starting);
      await Promise.all([...stopped, current.stop()]);
    },
  };
}

async function startProcess(world: World, onDeath: () => void): Promise<WorkerProcess> {
  const { embedded, table, log, faults, finished, handedOver, failures } = world;
  let dead = false;
  const die = (): void => {
    if (dead) return;
    dead = true;
    line.cut();
    stores.clients.destroy();
    onDeath();
  };
  const stayAlive = (): void => {
    if (dead) throw new Crash('The process is dead.');
  };
  const mayDie = (when: When, place: string): void => {
    stayAlive();
    if (faults.dies(when, place)) die();
    stayAlive();
  };
  /** A step, before and after which the process may die. */
  const step = async <T>(place: string, action: () => Promise<T>): Promise<T> => {
    mayDie('before', place);
    const result = await action();
    mayDie('after', place);
    return result;
  };

  const line = await startFaultyLine(embedded, faults, die);
  const stores = createRecordedStores('lambda', {
    ...embedded,
    s3Endpoint: line.endpoint,
    dynamodbEndpoint: line.endpoint,
    table,
    timeouts: TIMEOUTS,
  });
  const runTask = createTasks({ ...stores, rules: RULES, baseUrl: () => 'http://files.test' });
  const run = createWorkflowRunner({
    runTask: (call) => step(call.task, () => runTask(call)),
    publish: (message) => step('publish', () => publish(log, faults, message)),
    retryMillis: 1,
  });
  const handle = async (event: ObjectCreated): Promise<void> => {
    const { key } = event.detail.object;
    stayAlive();
    count(handedOver, key);
    await run(event);
    mayDie('before', 'finish event');
    finished.add(key);
  };
  const delivery: Delivery = embedded.deliver(handle, {
    firstRetryMillis: 20,
    maxRetryMillis: 200,
    report(error, event) {
      if (dead) return;
      world.failed++;
      failures.set(event?.detail.object.key ?? '', String(error));
    },
  });
  return {
    async stop() {
      await delivery.stop();
      dead = true;
      line.cut();
      stores.clients.destroy();
    },
  };
}

const SAID: Record<FaultKind, string> = {
  throttle: 'Throttled',
  '500': 'InternalError',
  reset: 'ECONNRESET',
  timeout: 'ETIMEDOUT',
  'torn answer': 'ECONNRESET',
};

/** The notifier, which fails before or after it has published. */
async function publish(
  log: NotificationLog,
  faults: RandomFaults,
  { Message }: PublishedMessage,
): Promise<void> {
  const message = JSON.parse(Message) as { event_id: string };
  const fault = faults.next('publish', `publish ${message.event_id}`);
  if (fault?.when !== 'before') await log.append(message);
  if (!fault) return;
  if (fault.kind === 'timeout') await wait(TIMEOUTS.s3IdleMs);
  throw new Error(`${SAID[fault.kind]}: the notifier is in trouble.`);
}
