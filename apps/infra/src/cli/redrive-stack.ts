import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { HOLD_SECONDS } from './dead-letters.ts';
import { Failure } from './failure.ts';
import { interrupted, type Interruption } from './interruption.ts';
import { commandLine, type Command } from './options.ts';
import type { Pulumi } from './pulumi.ts';
import { redrive, RedriveError, type RedriveReport } from './redrive.ts';

/** Of one attempt of a call; the SDK would wait for ever. A call waits for messages for a second. */
const requestHandler = {
  connectionTimeout: 3_000,
  requestTimeout: 10_000,
  throwOnRequestTimeout: true,
};

/** Starts the workflow of a stack with what is in its dead-letter queue. @throws Failure */
export async function redriveStack(
  pulumi: Pulumi,
  { stack, dryRun }: Command,
  { signal }: Interruption,
): Promise<void> {
  const outputs = JSON.parse(
    await pulumi.read('stack', 'output', '--stack', stack, '--json'),
  ) as Record<string, string | undefined>;
  const { dead_letter_queue_url: queueUrl, state_machine_arn: stateMachineArn } = outputs;
  if (!queueUrl || !stateMachineArn) {
    throw new Failure(`The stack ${stack} is not up: ${commandLine('up', `--stack=${stack}`)}`);
  }
  // An ARN is arn:<partition>:<service>:<region>:<account>:...
  const [, , , region = ''] = stateMachineArn.split(':');
  const options = { region, requestHandler };
  const clients = { sqs: new SQSClient(options), sfn: new SFNClient(options) };
  try {
    const report = await redrive(clients, {
      queueUrl,
      stateMachineArn,
      dryRun,
      signal,
      say: (line) => console.log(line),
    });
    console.log(summaryOf(report, dryRun));
  } catch (error) {
    if (!(error instanceof RedriveError)) throw error;
    const { name, message } = error.cause as Error;
    throw new Failure(
      `${summaryOf(error.report, dryRun)}\nThe rest is still in the queue, for it cannot go on: ${name}: ${message}`,
      { cause: error },
    );
  } finally {
    clients.sqs.destroy();
    clients.sfn.destroy();
  }
  if (signal.aborted) throw interrupted('The rest is still in the queue.');
}

/** What a run did, and what is left to do. */
export function summaryOf(report: RedriveReport, dryRun: boolean): string {
  const { started, invalid, alreadyStarted, hidden, cameRound } = report;
  const left = [
    ...(alreadyStarted > 0 ? [`${alreadyStarted} started just now`] : []),
    ...(invalid > 0 ? [`${invalid} invalid`] : []),
  ].join(', ');
  return [
    `${events(started)} ${dryRun ? 'would be started' : 'started'}${left && `; left in the queue: ${left}`}.`,
    ...(cameRound
      ? ['It ended after one round of the queue, when the first came back: there may be more.']
      : []),
    ...(hidden > 0
      ? [
          `Held by another run, or by one that was killed: ${hidden} more. Try again in ${HOLD_SECONDS / 60} minutes.`,
        ]
      : []),
  ].join('\n');
}

function events(count: number): string {
  return `${count} ${count === 1 ? 'event' : 'events'}`;
}
