import { StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { ObjectCreated } from '@file-upload/workflow/object-created';
import { Check } from 'typebox/value';
import { BATCH, DeadLetters, type Letter } from './dead-letters.ts';

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
  /** How many messages are no event that the workflow takes, and stay in the queue. */
  invalid: number;
  /** How many stay in the queue since this run started them already: they failed again, or came twice. */
  alreadyStarted: number;
  /** How many somebody else holds, about: another run, or one that was killed and gave none back. */
  hidden: number;
  /** Whether it ended since what it had left came back, so that there may be more. */
  cameRound: boolean;
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
 * It ends when there is nothing more, or when a batch's worth of messages in a row was left before:
 * what it holds comes back after a while, so a large queue would go round for ever.
 *
 * @throws RedriveError
 */
export async function redrive(
  { sqs, sfn }: { sqs: SQSClient; sfn: SFNClient },
  { queueUrl, stateMachineArn, dryRun, signal, say }: RedriveOptions,
): Promise<RedriveReport> {
  const report: RedriveReport = {
    started: 0,
    invalid: 0,
    alreadyStarted: 0,
    hidden: 0,
    cameRound: false,
  };
  const letters = new DeadLetters(sqs, queueUrl);
  /** The events that were started. */
  const seen = new Set<string>();

  async function handle(letter: Letter): Promise<void> {
    if (letter.isKnown) return;
    const event = readEvent(letter.body);
    if (!event) {
      report.invalid += 1;
      say(`Left, since it is no event of S3: message ${letter.id}`);
      return;
    }
    const name = nameOf(event);
    if (seen.has(event.id)) {
      report.alreadyStarted += 1;
      say(`Left, since it was started just now: ${name}`);
      return;
    }
    seen.add(event.id);
    if (!dryRun) await sfn.send(new StartExecutionCommand({ stateMachineArn, input: letter.body }));
    // Said at once: it has started, whether or not it can be deleted.
    report.started += 1;
    say(`${dryRun ? 'Would start' : 'Started'}: ${name}`);
    if (!dryRun) await letters.remove(letter);
  }

  try {
    for (let knownInARow = 0; !signal.aborted && !report.cameRound;) {
      const batch = await letters.receive();
      if (batch.length === 0) break;
      const results = await Promise.allSettled(batch.map(handle));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      for (const { isKnown } of batch) knownInARow = isKnown ? knownInARow + 1 : 0;
      report.cameRound = knownInARow >= BATCH;
    }
    if (!signal.aborted) report.hidden = await letters.countHidden();
    return report;
  } catch (cause) {
    throw new RedriveError(report, cause);
  } finally {
    // It comes back by itself when its time is up, so this need not succeed.
    await letters.release().catch(() => undefined);
  }
}

function readEvent(body: string): ObjectCreated | undefined {
  try {
    const event: unknown = JSON.parse(body);
    return Check(ObjectCreated, event) ? event : undefined;
  } catch {
    return undefined;
  }
}

/** Quoted: a key may hold what a terminal obeys. */
function nameOf({ detail, time }: ObjectCreated): string {
  return `${JSON.stringify(detail.object.key)} of ${JSON.stringify(time)}`;
}
