import { StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** How long a received event is nobody else's: longer than it takes to go through the queue. */
const HOLD_SECONDS = 300;
const BATCH = 10;

export interface RedriveOptions {
  queueUrl: string;
  stateMachineArn: string;
  /** Says of each event what would be done, and leaves all of them. */
  dryRun: boolean;
  signal: AbortSignal;
  say: (line: string) => void;
}

export interface RedriveReport {
  /** How many executions were started, or would be. */
  started: number;
  /** How many events are no JSON, and stay in the queue. */
  unreadable: number;
  /** How many stay in the queue since this run started them already: they failed again, or came twice. */
  again: number;
}

/** It broke off; what the report does not count as started is still in the queue. */
export class RedriveError extends Error {
  override readonly name = 'RedriveError';
  readonly report: RedriveReport;

  constructor(report: RedriveReport, cause: unknown) {
    super((cause as Error).message, { cause });
    this.report = report;
  }
}

/**
 * Starts the workflow with each event of the dead-letter queue. An event is deleted only after its
 * execution has started: where the process dies in between, it is started twice, which the workflow
 * allows. One that fails again comes back with the same id, and is left for another time.
 *
 * @throws RedriveError
 */
export async function redrive(
  { sqs, sfn }: { sqs: SQSClient; sfn: SFNClient },
  { queueUrl: QueueUrl, stateMachineArn, dryRun, signal, say }: RedriveOptions,
): Promise<RedriveReport> {
  const report: RedriveReport = { started: 0, unreadable: 0, again: 0 };
  const seen = new Set<string>();
  /** By message, the receipts of what stays in the queue. */
  const held = new Map<string, string>();

  async function handle({ MessageId = '', ReceiptHandle = '', Body = '' }: Message): Promise<void> {
    const isKnown = held.has(MessageId);
    held.set(MessageId, ReceiptHandle);
    if (isKnown) return;
    const event = readEvent(Body);
    if (!event) {
      report.unreadable += 1;
      say(`Left, since it is no event: message ${MessageId}`);
    } else if (seen.has(event.id)) {
      report.again += 1;
      say(`Left, since it was started just now: ${event.name}`);
    } else {
      seen.add(event.id);
      if (!dryRun) {
        await sfn.send(new StartExecutionCommand({ stateMachineArn, input: Body }));
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        held.delete(MessageId);
      }
      report.started += 1;
      say(`${dryRun ? 'Would start' : 'Started'}: ${event.name}`);
    }
  }

  async function nextBatch(): Promise<Message[]> {
    if (signal.aborted) return [];
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: BATCH,
        VisibilityTimeout: HOLD_SECONDS,
        // Without waiting, SQS asks only some of its servers and answers that there is nothing.
        WaitTimeSeconds: 1,
      }),
    );
    return Messages;
  }

  try {
    for (let batch = await nextBatch(); batch.length > 0; batch = await nextBatch()) {
      const results = await Promise.allSettled(batch.map(handle));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    }
    return report;
  } catch (cause) {
    throw new RedriveError(report, cause);
  } finally {
    // They come back by themselves when their time is up, so this need not succeed.
    await Promise.allSettled(
      [...held.values()].map((ReceiptHandle) =>
        sqs.send(
          new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
        ),
      ),
    );
  }
}

/** What an event is told apart and named by; nothing when it is none. */
function readEvent(body: string): { id: string; name: string } | undefined {
  try {
    const event = JSON.parse(body) as {
      id?: string;
      time?: string;
      detail?: { object?: { key?: string } };
    };
    // Quoted: a key may hold what a terminal obeys.
    const name = JSON.stringify(event.detail?.object?.key ?? null);
    return { id: event.id ?? body, name: `${name} of ${JSON.stringify(event.time ?? null)}` };
  } catch {
    return undefined;
  }
}
