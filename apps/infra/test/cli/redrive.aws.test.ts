import { redrive } from '../../src/cli/redrive.ts';
import { runCommand } from './command.ts';
import {
  countOf,
  createQueue,
  createStateMachine,
  env,
  eventOf,
  runRedrive,
  send,
  sfn,
  sqs,
  take,
} from './dead-letter-queue.ts';

test('each event starts the workflow once, and is off the queue then', async () => {
  const [letters, started] = [await createQueue(), await createQueue()];
  const events = Array.from({ length: 25 }, (_, index) => eventOf(`${index}/ä b.png`));
  for (const event of events) await send(letters, event);

  const { code, stdout, stderr } = await runRedrive(letters, await createStateMachine(started));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('Started: "7/ä b.png" of "2026-11-23T10:00:00Z"\n');
  expect(stdout).toMatch(/\n25 events started\.\n$/);
  expect(await countOf(letters)).toEqual({ waiting: 0, held: 0 });
  const byId = (a: unknown, b: unknown) => JSON.stringify(a).localeCompare(JSON.stringify(b));
  expect((await take(started, 25)).sort(byId)).toEqual([...events].sort(byId));
});

test('--dry-run lists the events, and leaves them to whoever comes next', async () => {
  const [letters, started] = [await createQueue(), await createQueue()];
  for (const key of ['a', 'b\u001b[2J']) await send(letters, eventOf(key));
  const stateMachineArn = await createStateMachine(started);

  const { code, stdout } = await runRedrive(letters, stateMachineArn, '--dry-run');
  expect(code).toBe(0);
  expect(stdout.split('\n').sort()).toEqual([
    '',
    '2 events would be started.',
    'Would start: "a" of "2026-11-23T10:00:00Z"',
    'Would start: "b\\u001b[2J" of "2026-11-23T10:00:00Z"',
  ]);
  expect(await countOf(letters)).toEqual({ waiting: 2, held: 0 });
  expect(await countOf(started)).toEqual({ waiting: 0, held: 0 });
});

test('an event that cannot be started is not lost', async () => {
  const letters = await createQueue();
  await send(letters, eventOf('a'));
  const gone = 'arn:aws:states:us-east-1:000000000000:stateMachine:gone';

  const { code, stdout, stderr } = await runRedrive(letters, gone);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^0 events started\.\nThe rest is still in the queue, for it cannot go on: StateMachineDoesNotExist: .+\n$/,
  );
  expect(await countOf(letters)).toEqual({ waiting: 1, held: 0 });
});

test('an event that fails again does not go round', async () => {
  const letters = await createQueue();
  const event = eventOf('a');
  await send(letters, event);
  const { code } = await runRedrive(letters, await createStateMachine(letters));
  expect(code).toBe(0);
  expect(await take(letters, 1)).toEqual([event]);
  expect(await countOf(letters)).toEqual({ waiting: 0, held: 0 });
});

test('an event that is there twice is started once, and its like is left', async () => {
  const [letters, started] = [await createQueue(), await createQueue()];
  const event = eventOf('a');
  await send(letters, event);
  await send(letters, event);
  const { code, stdout } = await runRedrive(letters, await createStateMachine(started));
  expect(code).toBe(0);
  expect(stdout).toMatch(/1 event started; left in the queue: 1 started just now\.\n$/);
  expect(await take(started, 1)).toEqual([event]);
  expect(await countOf(letters)).toEqual({ waiting: 1, held: 0 });
});

test('what is no event of S3 is left and named, and does not hold up the others', async () => {
  const [letters, started] = [await createQueue(), await createQueue()];
  const { id: _, ...nameless } = eventOf('nameless');
  for (const body of ['not JSON', '3', '{}', '[]', nameless]) await send(letters, body);
  await send(letters, eventOf('a'));
  const { code, stdout } = await runRedrive(letters, await createStateMachine(started));
  expect(code).toBe(0);
  expect(stdout.match(/^Left, since it is no event of S3: message [\w-]{36}$/gm)).toHaveLength(5);
  expect(stdout).toMatch(/1 event started; left in the queue: 5 invalid\.\n$/);
  await take(started, 1);
  expect(await countOf(letters)).toEqual({ waiting: 5, held: 0 });
});

test('an interruption ends with the events that are in hand', async () => {
  const [letters, started] = [await createQueue(), await createQueue()];
  for (let index = 0; index < 25; index += 1) await send(letters, eventOf(String(index)));
  const interruption = new AbortController();
  const report = await redrive(
    { sqs, sfn },
    {
      queueUrl: letters,
      stateMachineArn: await createStateMachine(started),
      dryRun: false,
      signal: interruption.signal,
      say: () => interruption.abort(),
    },
  );
  expect(report.started).toBeGreaterThan(0);
  expect(report.started).toBeLessThanOrEqual(10);
  expect(await countOf(letters)).toEqual({ waiting: 25 - report.started, held: 0 });
  await take(started, report.started);
});

test('a stack that is not up is told apart from one with no dead letters', async () => {
  const { code, stderr } = await runCommand(['redrive', '--stack=new'], {
    env,
    answers: { 'stack output': { stdout: '{}' } },
  });
  expect(code).toBe(1);
  expect(stderr).toBe('The stack new is not up: npx nx run infra:up --stack=new\n');
});
