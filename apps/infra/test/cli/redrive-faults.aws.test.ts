import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { redrive, RedriveError } from '../../src/cli/redrive.ts';
import {
  countOf,
  createQueue,
  createStateMachine,
  eventOf,
  runRedrive,
  send,
  sfn,
  sqs,
  take,
} from './dead-letter-queue.ts';

function optionsOf(queueUrl: string, stateMachineArn: string) {
  const said: string[] = [];
  const { signal } = new AbortController();
  return {
    queueUrl,
    stateMachineArn,
    dryRun: false,
    signal,
    said,
    say: (line: string) => void said.push(line),
  };
}

test('what another run holds is told of, and is not nothing', async () => {
  const [letters, started] = [await createQueue(), await createQueue()];
  for (const key of ['a', 'b', 'c']) await send(letters, eventOf(key));
  const held = { QueueUrl: letters, MaxNumberOfMessages: 2, VisibilityTimeout: 300 };
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(held));
  expect(Messages).toHaveLength(2);
  await send(letters, 'not JSON');

  const { code, stdout } = await runRedrive(letters, await createStateMachine(started));
  expect(code).toBe(0);
  // Of what cannot be received, its own message is none of theirs.
  expect(stdout).toMatch(
    /1 event started; left in the queue: 1 invalid\.\nHeld by another run, or by one that was killed: 2 more\. Try again in 5 minutes\.\n$/,
  );
  await take(started, 1);
});

test('a queue that takes longer than messages are held is gone through once', async () => {
  const [letters, started] = [await createQueue(), await createQueue()];
  for (let index = 0; index < 12; index += 1) await send(letters, eventOf(String(index)));
  // Messages that are held for no time at all come back at once.
  const hasty = new SQSClient();
  hasty.middlewareStack.add(
    (next) => (args) =>
      next({
        ...args,
        input: { ...args.input, ...('WaitTimeSeconds' in args.input && { VisibilityTimeout: 0 }) },
      }),
    { step: 'initialize' },
  );
  const options = optionsOf(letters, await createStateMachine(started));
  const report = await redrive({ sqs: hasty, sfn }, { ...options, dryRun: true });
  hasty.destroy();
  expect(report).toMatchObject({ cameRound: true, alreadyStarted: 0, invalid: 0, hidden: 0 });
  expect(report.started).toBe(options.said.length);
  expect(await countOf(letters)).toEqual({ waiting: 12, held: 0 });
});

test('an event that has started is told of, though it cannot be deleted', async () => {
  const [letters, started] = [await createQueue(), await createQueue()];
  await send(letters, eventOf('a'));
  const undeletable = new SQSClient();
  undeletable.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'DeleteMessageCommand') throw new Error('AccessDenied');
        return await next(args);
      },
    { step: 'initialize' },
  );
  const options = optionsOf(letters, await createStateMachine(started));
  const failure: unknown = await redrive({ sqs: undeletable, sfn }, options).catch(
    (error: unknown) => error,
  );
  undeletable.destroy();
  expect(failure).toBeInstanceOf(RedriveError);
  expect(failure).toMatchObject({ message: 'AccessDenied', report: { started: 1 } });
  expect(options.said).toEqual(['Started: "a" of "2026-11-23T10:00:00Z"']);
  await take(started, 1);
  expect(await countOf(letters)).toEqual({ waiting: 1, held: 0 });
});
