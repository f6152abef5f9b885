import { randomUUID } from 'node:crypto';
import { stateMachineDefinition, type ObjectCreated, type TaskCall } from '@file-upload/workflow';
import type { StateMachine, StateMachineDefinition } from 'aws-local-stepfunctions';

/** What the workflow publishes, as SNS is given it. */
export interface PublishedMessage {
  Message: string;
  Subject?: string;
  MessageAttributes?: Record<string, { DataType: string; StringValue: string }>;
}

export interface WorkflowRunnerOptions {
  /** Runs a task, and returns the new state. */
  runTask: (call: TaskCall) => Promise<unknown>;
  /** Does what SNS does on AWS; the message is published when it resolves. */
  publish: (message: PublishedMessage) => Promise<void>;
  /** Replaces the waits between retries, in milliseconds. */
  retryMillis?: number;
}

/**
 * Runs the workflow for one event. Resolves when the execution has succeeded, and rejects with a
 * {@link WorkflowError} when it failed.
 */
export type RunWorkflow = (event: ObjectCreated) => Promise<void>;

/** The failure of an execution. The message names the states at fault and what they threw. */
export class WorkflowError extends Error {
  override readonly name = 'WorkflowError';
}

type RunOptions = NonNullable<Parameters<StateMachine['run']>[1]>;
type Handlers = NonNullable<NonNullable<RunOptions['overrides']>['taskResourceLocalHandlers']>;
type Handler = (parameters: never) => Promise<unknown>;

const LOCAL = { functionArn: 'local', topicArn: 'local', queueUrl: 'local' };

/**
 * What runs the state machine on a laptop, as Step Functions does on AWS. Retries, jitter and the
 * timeouts of tasks and of the execution are as in the definition; a task whose time is up is not
 * interrupted, and what it answers later is ignored. When the time of an execution is up between
 * two tries, the library tries once more.
 *
 * @param workflow a test passes another one
 * @throws when the definition has a task that cannot be run here, which would call AWS
 */
export function createWorkflowRunner(
  options: WorkflowRunnerOptions,
  workflow: StateMachineDefinition = stateMachineDefinition(LOCAL),
): RunWorkflow {
  const definition = bindState(workflow);
  const names = Object.keys(definition.States);
  const handlers = Object.entries(definition.States).flatMap(
    ([name, state]): [string, Handler][] =>
      state.Type === 'Task' ? [[name, handlerOf(name, state.Resource, options)]] : [],
  );
  const { retryMillis } = options;
  const retryIntervalOverrides =
    retryMillis === undefined ? {} : Object.fromEntries(names.map((name) => [name, retryMillis]));
  // Loaded when it is first needed: that takes longer than all else of a start.
  let loading: Promise<StateMachine> | undefined;

  return async (event) => {
    loading ??= loadStateMachine(definition);
    const machine = await loading;
    const tries = new Map<string, number>();
    /** What each state last failed with, unless it succeeded later. */
    const faults = new Map<string, unknown>();
    const observe =
      (name: string, handler: Handler) =>
      async (parameters: unknown): Promise<unknown> => {
        const retries = tries.get(name) ?? 0;
        tries.set(name, retries + 1);
        if (!faults.has(name)) faults.set(name, 'no answer in time');
        try {
          const result = await handler(asJson(parameters) as never);
          faults.delete(name);
          // The one that went well is no retry; ResultSelector may ask for their number too.
          if (tries.get(name) === retries + 1) tries.set(name, retries);
          return result;
        } catch (error) {
          faults.set(name, error instanceof LambdaError ? error.cause : error);
          throw error;
        }
      };
    const runOptions: RunOptions = {
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(
          handlers.map(([name, handler]) => [name, observe(name, handler)]),
        ) as Handlers,
        retryIntervalOverrides,
      },
      context: {
        State: Object.fromEntries(names.map((name) => [name, stateContext(name, tries)])),
      },
    };
    try {
      await machine.run(event, runOptions).result;
    } catch (error) {
      throw workflowError(event, error, faults);
    }
  };
}

async function loadStateMachine(definition: StateMachineDefinition): Promise<StateMachine> {
  const { StateMachine } = await import('aws-local-stepfunctions');
  return new StateMachine(definition, { validationOptions: { checkArn: false } });
}

/**
 * Gives each state a context object of its own, `$$.State.<name>`: the library has no `$$.State`,
 * and takes one context for the whole execution.
 */
function bindState(definition: StateMachineDefinition): StateMachineDefinition {
  const states = Object.entries(definition.States).map(([name, state]): [string, typeof state] => {
    const text = JSON.stringify(state).replaceAll('$$.State.', () => `$$.State.${name}.`);
    return [name, JSON.parse(text) as typeof state];
  });
  return { ...definition, States: Object.fromEntries(states) };
}

/** Read anew at each try. */
function stateContext(name: string, tries: ReadonlyMap<string, number>): object {
  return {
    Name: name,
    get RetryCount() {
      return tries.get(name) ?? 0;
    },
  };
}

/** What stands in for a service: takes the parameters of the state, returns what the service does. */
function handlerOf(
  name: string,
  resource: string,
  { runTask, publish }: WorkflowRunnerOptions,
): Handler {
  switch (resource) {
    case 'arn:aws:states:::lambda:invoke':
      return async ({ Payload }: { Payload: TaskCall }) => {
        try {
          return { Payload: asJson(await runTask(Payload)) };
        } catch (error) {
          throw new LambdaError(error);
        }
      };
    case 'arn:aws:states:::sns:publish':
      return async ({ TopicArn: _, Message, ...rest }: SnsParameters) => {
        // Step Functions writes a message that is no text as JSON.
        const text = typeof Message === 'string' ? Message : JSON.stringify(Message);
        await publish({ ...rest, Message: text });
        return { MessageId: randomUUID() };
      };
    case 'arn:aws:states:::sqs:sendMessage':
      // Whoever delivers an event here keeps it until its execution succeeds.
      return async () => ({ MessageId: randomUUID() });
    default:
      throw new Error(`The state ${name} needs ${resource}, which nothing stands in for here.`);
  }
}

type SnsParameters = Omit<PublishedMessage, 'Message'> & { TopicArn: string; Message: unknown };

/**
 * What Step Functions makes of an error that a function on Node.js throws: its name is the error,
 * and the cause is JSON.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
 */
class LambdaError extends Error {
  override readonly name: string;

  constructor(cause: unknown) {
    const { name, message, stack = '' } = cause instanceof Error ? cause : new Error(String(cause));
    const said = { errorType: name, errorMessage: message, trace: stack.split('\n') };
    super(JSON.stringify(said), { cause });
    this.name = name;
  }
}

/** A task gets and gives what JSON can carry, as between services. */
function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value ?? null)) as T;
}

function workflowError(
  { detail }: ObjectCreated,
  error: unknown,
  faults: ReadonlyMap<string, unknown>,
): WorkflowError {
  const said = [...faults].map(([name, fault]) => `${name} failed with ${String(fault)}`);
  const why = said.length > 0 ? said.join('; ') : String(error);
  const key = JSON.stringify(detail.object.key);
  const [cause = error] = faults.values();
  return new WorkflowError(`The workflow failed for the object ${key}: ${why}`, { cause });
}
