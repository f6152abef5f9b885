import validate from 'asl-validator';
import { stateMachineDefinition, TASK_NAMES } from './definition.ts';
import { stateDiagram } from './state-diagram.ts';

const ARNS = {
  functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:api:live',
  topicArn: 'arn:aws:sns:us-east-1:123456789012:files',
  queueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/dead-letters',
};
const definition = stateMachineDefinition(ARNS);

/** Members of states of any type. */
interface AnyState {
  Type: string;
  Resource?: string;
  Parameters?: {
    FunctionName?: string;
    TopicArn?: string;
    QueueUrl?: string;
    Payload?: { task: string };
  };
  Retry?: {
    ErrorEquals: string[];
    BackoffRate: number;
    MaxAttempts: number;
    IntervalSeconds: number;
  }[];
  Catch?: { Next: string }[];
  TimeoutSeconds?: number;
}
const states = Object.entries<AnyState>(definition.States);
const tasks = states.filter(([, { Type }]) => Type === 'Task');

test('is valid Amazon States Language', () => {
  expect(validate(definition)).toMatchObject({ isValid: true, errors: [] });
});

test('is found invalid with a transition to a state that is not there', () => {
  const { Done: _, ...others } = definition.States;
  expect(validate({ ...definition, States: others }).isValid).toBe(false);
});

test('has a state for every task, which calls the function for the task of its name', () => {
  const calls = tasks.filter(([, state]) => state.Resource === 'arn:aws:states:::lambda:invoke');
  expect(calls.map(([name]) => name).sort()).toEqual([...TASK_NAMES].sort());
  for (const [name, { Parameters }] of calls) {
    expect(Parameters?.FunctionName).toBe(ARNS.functionArn);
    expect(Parameters?.Payload?.task).toBe(name);
  }
});

test('publishes to the topic by SNS itself', () => {
  const notifying = tasks.filter(([, state]) => state.Resource === 'arn:aws:states:::sns:publish');
  expect(notifying.map(([name]) => name)).toEqual(['NotifyUploaded', 'NotifyRejected']);
  for (const [, { Parameters }] of notifying) expect(Parameters?.TopicArn).toBe(ARNS.topicArn);
});

test('keeps the event of an execution that fails, as it came, and records what it failed with', () => {
  const { KeepEvent } = definition.States;
  expect(KeepEvent.Parameters).toEqual({
    QueueUrl: ARNS.queueUrl,
    'MessageBody.$': '$$.Execution.Input',
  });
  for (const [name, { Catch }] of tasks) {
    const afterwards = { KeepEvent: 'RecordFailure', RecordFailure: 'Failed' }[name] ?? 'KeepEvent';
    expect(Catch?.map(({ Next }) => Next)).toEqual([afterwards]);
  }
  expect(KeepEvent.Catch[0]?.ResultPath).not.toBe('$.failure');
});

test.each(tasks)(
  '%s is tried four times in all after a fault, with growing waits, and then caught',
  (_, state) => {
    // Neither AWS nor asl-validator minds a rate below 1, which shortens the waits.
    const retriers = state.Retry ?? [];
    expect(retriers.at(-1)).toMatchObject({ MaxAttempts: 3, ErrorEquals: ['States.ALL'] });
    for (const { BackoffRate } of retriers) expect(BackoffRate).toBeGreaterThan(1);
    expect(state.Catch).toHaveLength(1);
    expect(state.TimeoutSeconds).toBeGreaterThan(0);
  },
);

test('a task waits for its turn where too many run at once, within the time of an execution', () => {
  const calls = tasks.filter(([, state]) => state.Resource === 'arn:aws:states:::lambda:invoke');
  for (const [, { Retry = [] }] of calls) {
    const [busy, ...others] = Retry;
    expect(others).toHaveLength(1);
    expect(busy).toMatchObject({ ErrorEquals: ['Lambda.TooManyRequestsException'] });
    const { IntervalSeconds = 0, BackoffRate = 0, MaxAttempts = 0 } = busy ?? {};
    const longest = (IntervalSeconds * (BackoffRate ** MaxAttempts - 1)) / (BackoffRate - 1);
    expect(longest).toBeGreaterThan(60);
    expect(longest).toBeLessThan(definition.TimeoutSeconds / 2);
  }
});

test('where two tasks hang at every try there is time left to keep the event', () => {
  const { ValidateFile, ProcessFile, RejectFile, KeepEvent } = definition.States;
  const longest = ({ Retry = [], TimeoutSeconds = 0 }: AnyState) => {
    const { IntervalSeconds = 0, BackoffRate = 0, MaxAttempts = 0 } = Retry.at(-1) ?? {};
    const waits = (IntervalSeconds * (BackoffRate ** MaxAttempts - 1)) / (BackoffRate - 1);
    return (MaxAttempts + 1) * TimeoutSeconds + waits;
  };
  for (const second of [ProcessFile, RejectFile]) {
    const spent = longest(ValidateFile) + longest(second);
    expect(spent + KeepEvent.TimeoutSeconds).toBeLessThan(definition.TimeoutSeconds);
  }
});

test('waits as designed', () => {
  const { ValidateFile, ProcessFile } = definition.States;
  expect(ValidateFile.Retry.at(-1)).toMatchObject({ IntervalSeconds: 3, BackoffRate: 1.5 });
  expect(ProcessFile.Retry.at(-1)).toMatchObject({ IntervalSeconds: 5, BackoffRate: 2 });
});

test('ends before an Express execution is ended', () => {
  expect(definition.TimeoutSeconds).toBeLessThan(300);
});

test('is drawn with every state and every way out of it', () => {
  const drawing = stateDiagram(definition);
  for (const [name] of states) expect(drawing).toContain(`${name} -->`);
  expect(drawing).toContain('IsValid --> ProcessFile: validation.status is VALID');
  expect(drawing).toContain('ValidateFile --> KeepEvent: fault after 3 retries');
  expect(drawing).toContain('Failed --> [*]');
});
