import {
  stateMachineDefinition,
  type ObjectCreated,
  type TaskCall,
  type TaskName,
} from '@file-upload/workflow';
import type { StateMachineDefinition } from 'aws-local-stepfunctions';
import {
  createWorkflowRunner,
  WorkflowError,
  type PublishedMessage,
  type WorkflowRunnerOptions,
} from './workflow-runner.ts';

const event: ObjectCreated = {
  id: '00000000-0000-4000-8000-000000000000',
  source: 'aws.s3',
  'detail-type': 'Object Created',
  time: '2026-01-01T00:00:00Z',
  detail: { bucket: { name: 'file-upload' }, object: { key: 'f/a.txt', size: 1, etag: 'e' } },
};

type Status = 'VALID' | 'INVALID' | 'NONE';
type Task = (input: object, call: TaskCall) => unknown;

/** Tasks that answer as those of the workflow do, unless others are given. */
function tasksFor(status: Status, others: Partial<Record<TaskName, Task>> = {}) {
  const announce = (name: string) => (input: object) => ({
    ...input,
    notification: { event: name, owner: 'o', content_type: 'text/plain', message: '{"n":1}' },
  });
  const tasks: Record<TaskName, Task> = {
    ValidateFile: (input) => ({ ...input, validation: { status } }),
    ProcessFile: announce('file_uploaded'),
    RejectFile: announce('file_rejected'),
    RecordNotified: (input) => input,
    RecordFailure: (input) => input,
    ...others,
  };
  const calls: TaskCall[] = [];
  const published: PublishedMessage[] = [];
  const options: WorkflowRunnerOptions = {
    async runTask(call) {
      calls.push(structuredClone(call));
      return tasks[call.task](call.input as object, call);
    },
    publish: async (message) => void published.push(message),
    retryMillis: 1,
  };
  const names = () => calls.map(({ task }) => task);
  return { options, calls, names, published };
}

function fault(name: string, message = 'down'): never {
  throw Object.assign(new Error(message), { name });
}

async function failure(run: Promise<void>): Promise<WorkflowError> {
  const error: unknown = await run.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WorkflowError);
  return error as WorkflowError;
}

test.each([
  ['VALID', 'ProcessFile', 'file_uploaded', 'File uploaded'],
  ['INVALID', 'RejectFile', 'file_rejected', 'File rejected'],
] as const)(
  'a file that is %s goes through %s and is announced',
  async (status, task, name, Subject) => {
    const { options, names, published, calls } = tasksFor(status);
    await createWorkflowRunner(options)(event);
    expect(names()).toEqual(['ValidateFile', task, 'RecordNotified']);
    expect(calls[0]).toEqual({ task: 'ValidateFile', input: event, retries: 0 });
    expect(calls[1]?.input).toEqual({ ...event, validation: { status } });
    expect(published).toEqual([
      {
        Subject,
        Message: '{"n":1}',
        MessageAttributes: {
          event: { DataType: 'String', StringValue: name },
          owner: { DataType: 'String', StringValue: 'o' },
          content_type: { DataType: 'String', StringValue: 'text/plain' },
        },
      },
    ]);
  },
);

test('an event that there is nothing to do about ends after its validation', async () => {
  const { options, names, published } = tasksFor('NONE');
  await createWorkflowRunner(options)(event);
  expect(names()).toEqual(['ValidateFile']);
  expect(published).toEqual([]);
});

test('a file that is not to be announced is not', async () => {
  const { options, names, published } = tasksFor('VALID', {
    ProcessFile: (input) => ({ ...input, notification: { event: 'none' } }),
  });
  await createWorkflowRunner(options)(event);
  expect(names()).toEqual(['ValidateFile', 'ProcessFile']);
  expect(published).toEqual([]);
});

test('a task that fails is tried again, and told how often it was', async () => {
  const { options, calls } = tasksFor('VALID', {
    ValidateFile: (input, { retries }) =>
      retries < 3 ? fault('StoreUnavailable') : { ...input, validation: { status: 'VALID' } },
    ProcessFile: (input, { retries }) =>
      retries < 1 ? fault('StoreUnavailable') : { ...input, notification: { event: 'none' } },
  });
  const run = createWorkflowRunner(options);
  await Promise.all([run(event), run(event)]);
  for (const task of ['ValidateFile', 'ProcessFile'] as const) {
    const retries = calls.filter((call) => call.task === task).map((call) => call.retries);
    expect(retries.toSorted()).toEqual(
      task === 'ValidateFile' ? [0, 0, 1, 1, 2, 2, 3, 3] : [0, 0, 1, 1],
    );
  }
});

test.each(['ValidateFile', 'ProcessFile', 'RejectFile', 'RecordNotified'] as const)(
  'a fault of %s that outlasts its retries is recorded, and fails the execution',
  async (task) => {
    const status = task === 'RejectFile' ? 'INVALID' : 'VALID';
    const { options, names, calls } = tasksFor(status, { [task]: () => fault('StoreUnavailable') });
    const error = await failure(createWorkflowRunner(options)(event));
    expect(names().filter((name) => name === task)).toHaveLength(4);
    const recorded = calls.at(-1);
    expect(recorded).toMatchObject({ task: 'RecordFailure', retries: 0 });
    const { failure: said, ...state } = recorded?.input as {
      failure: { Error: string; Cause: string };
    };
    expect(state).toMatchObject(event);
    expect(said.Error).toBe('StoreUnavailable');
    // As Lambda says it.
    expect(JSON.parse(said.Cause)).toMatchObject({
      errorType: 'StoreUnavailable',
      errorMessage: 'down',
    });
    expect(error.message).toBe(
      `The workflow failed for the object "f/a.txt": ${task} failed with StoreUnavailable: down`,
    );
    expect(error.cause).toMatchObject({ name: 'StoreUnavailable', message: 'down' });
  },
);

test('a failure that cannot be recorded either fails the execution too', async () => {
  const { options, names } = tasksFor('VALID', {
    ProcessFile: () => fault('TypeError', 'a defect'),
    RecordFailure: () => fault('StoreUnavailable'),
  });
  const error = await failure(createWorkflowRunner(options)(event));
  expect(names().filter((name) => name === 'RecordFailure')).toHaveLength(4);
  expect(error.message).toContain(
    'ProcessFile failed with TypeError: a defect; RecordFailure failed with StoreUnavailable: down',
  );
});

test('a notification that cannot be published is tried again', async () => {
  const { options, names, calls } = tasksFor('VALID');
  const published: PublishedMessage[] = [];
  let tries = 0;
  const publish = async (message: PublishedMessage): Promise<void> => {
    tries += 1;
    if (tries < 4) fault('ENOSPC');
    published.push(message);
  };
  await createWorkflowRunner({ ...options, publish })(event);
  expect(published).toHaveLength(1);
  expect(names()).toEqual(['ValidateFile', 'ProcessFile', 'RecordNotified']);
  expect(calls.at(-1)).toMatchObject({ retries: 0, input: { sent: { retries: 3 } } });

  const never = async (): Promise<void> => fault('ENOSPC', 'the disk is full');
  const error = await failure(createWorkflowRunner({ ...options, publish: never })(event));
  expect(names().at(-1)).toBe('RecordFailure');
  expect(error.message).toContain('NotifyUploaded failed with ENOSPC: the disk is full');
});

test('tasks get and give what JSON can carry, and cannot change the state by mistake', async () => {
  const { options, calls } = tasksFor('VALID', {
    ValidateFile(input, { retries }) {
      if (retries === 0) {
        Object.assign(input, { changed: true });
        fault('StoreUnavailable');
      }
      const validation = { status: 'VALID', at: new Date(0), nothing: undefined };
      return { ...input, validation };
    },
    ProcessFile: (input) => ({ ...input, notification: { event: 'none' } }),
  });
  await createWorkflowRunner(options)(event);
  expect(calls.map(({ input }) => input)).toEqual([
    event,
    event,
    { ...event, validation: { status: 'VALID', at: '1970-01-01T00:00:00.000Z' } },
  ]);
});

test('many executions run at the same time', async () => {
  const { options, published } = tasksFor('VALID');
  const run = createWorkflowRunner(options);
  await Promise.all(Array.from({ length: 200 }, () => run(event)));
  expect(published).toHaveLength(200);
});

const never = (): Promise<never> => new Promise(() => undefined);

/** The definition with less time for its first task, or for all of it. */
function hurried(seconds: { task?: number; execution?: number }): StateMachineDefinition {
  const definition = stateMachineDefinition({
    functionArn: 'local',
    topicArn: 'local',
    queueUrl: 'local',
  });
  const { States } = definition;
  const { task = States.ValidateFile.TimeoutSeconds, execution = definition.TimeoutSeconds } =
    seconds;
  return {
    ...definition,
    TimeoutSeconds: execution,
    States: { ...States, ValidateFile: { ...States.ValidateFile, TimeoutSeconds: task } },
  };
}

test('a task that does not answer in time is tried again', async () => {
  const { options, calls } = tasksFor('VALID', {
    ValidateFile: (input, { retries }) =>
      retries === 0 ? never() : { ...input, validation: { status: 'NONE' } },
  });
  await createWorkflowRunner(options, hurried({ task: 1 }))(event);
  expect(calls.map(({ retries }) => retries)).toEqual([0, 1]);
});

test.each([
  ['a task fails', () => fault('StoreUnavailable'), 'StoreUnavailable: down'],
  ['a task does not answer', never, 'no answer in time'],
])('an execution whose time is up while %s fails', async (_, ValidateFile, why) => {
  const { options, names } = tasksFor('VALID', { ValidateFile });
  // What goes on after that ends soon too, for it keeps the process alive.
  const workflow = hurried({ execution: 1, task: 3 });
  const run = createWorkflowRunner({ ...options, retryMillis: 2_000 }, workflow);
  expect((await failure(run(event))).message).toContain(`ValidateFile failed with ${why}`);
  expect(new Set(names())).toEqual(new Set(['ValidateFile']));
});

test('refuses a definition with a task that nothing stands in for', () => {
  const { options } = tasksFor('VALID');
  const Resource = 'arn:aws:states:::ecs:runTask';
  const definition = { StartAt: 'Send', States: { Send: { Type: 'Task', Resource, End: true } } };
  expect(() => createWorkflowRunner(options, definition as never)).toThrow(Resource);
});
