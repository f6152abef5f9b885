/** The tasks of the state machine, each a state of the same name and a function of `createTasks`. */
export const TASK_NAMES = [
  'ValidateFile',
  'ProcessFile',
  'RejectFile',
  'RecordNotified',
  'RecordFailure',
] as const;
export type TaskName = (typeof TASK_NAMES)[number];

/** What runs the tasks and what is told of the files. */
export interface WorkflowResources {
  /** The name or ARN of the Lambda function, of one version or alias of it. */
  functionArn: string;
  topicArn: string;
  /** Where the events of failed executions are kept, to be run again. */
  queueUrl: string;
}

/** What a task is called with, by Step Functions and by the local runner alike. */
export interface TaskCall {
  task: TaskName;
  /** The state that the task adds to. */
  input: unknown;
  /** How often this task was tried before, in this execution. */
  retries: number;
}

/** Any fault: what a task finds wrong with a file it returns, and does not throw. */
const ANY_FAULT = 'States.ALL';
/** An Express execution ends after five minutes. */
const TIMEOUT_SECONDS = 290;
/** Short enough that two tasks may hang at each try, and there is time left to keep the event. */
const TASK_TIMEOUT_SECONDS = 25;

/** What Lambda says where more of the function would run at once than the account may. */
const BUSY = 'Lambda.TooManyRequestsException';

interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds: number;
  BackoffRate: number;
  MaxAttempts: number;
  JitterStrategy: 'FULL';
}

/** Tries again after growing waits, at random within them so that many files do not return at once. */
function retrier(error: string, seconds: number, rate: number, MaxAttempts: number): Retrier {
  return {
    ErrorEquals: [error],
    IntervalSeconds: seconds,
    BackoffRate: rate,
    MaxAttempts,
    JitterStrategy: 'FULL',
  };
}

const retry = (seconds: number, rate: number) => [retrier(ANY_FAULT, seconds, rate, 3)];

/** The same for a task, which waits longer for its turn: a new account runs ten at once. */
const retryTask = (seconds: number, rate: number) => [
  retrier(BUSY, 2, 2, 6),
  ...retry(seconds, rate),
];

const giveUp = (next: string) => [
  { ErrorEquals: [ANY_FAULT], ResultPath: '$.failure', Next: next },
];

/**
 * The state machine that every stored file goes through, in the Amazon States Language with
 * JSONPath: the one definition, deployed with ARNs and run locally with names. It starts with the
 * {@link ObjectCreated} event; each task returns the state with what it learned.
 *
 * A fault is retried, then the event is kept to be run again and the fault is recorded on the file,
 * and then the execution fails, which is alarmed. A file that is found wanting is no fault.
 *
 * @see https://states-language.net/spec.html
 */
export function stateMachineDefinition({ functionArn, topicArn, queueUrl }: WorkflowResources) {
  const task = (name: TaskName) => ({
    Type: 'Task' as const,
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: {
      FunctionName: functionArn,
      Payload: { task: name, 'input.$': '$', 'retries.$': '$$.State.RetryCount' },
    },
    OutputPath: '$.Payload',
    TimeoutSeconds: TASK_TIMEOUT_SECONDS,
  });
  const notify = (subject: string) => ({
    Type: 'Task' as const,
    Resource: 'arn:aws:states:::sns:publish',
    Parameters: {
      TopicArn: topicArn,
      Subject: subject,
      'Message.$': '$.notification.message',
      MessageAttributes: {
        event: { DataType: 'String', 'StringValue.$': '$.notification.event' },
        owner: { DataType: 'String', 'StringValue.$': '$.notification.owner' },
        content_type: { DataType: 'String', 'StringValue.$': '$.notification.content_type' },
      },
    },
    ResultSelector: { 'retries.$': '$$.State.RetryCount' },
    ResultPath: '$.sent',
    TimeoutSeconds: TASK_TIMEOUT_SECONDS,
    Retry: retry(5, 2),
    Catch: giveUp('KeepEvent'),
    Next: 'RecordNotified',
  });

  return {
    Comment: 'Validates, processes and announces every file that is stored.',
    StartAt: 'ValidateFile',
    TimeoutSeconds: TIMEOUT_SECONDS,
    States: {
      ValidateFile: {
        ...task('ValidateFile'),
        Retry: retryTask(3, 1.5),
        Catch: giveUp('KeepEvent'),
        Next: 'IsValid',
      },
      IsValid: {
        Type: 'Choice' as const,
        Choices: [
          { Variable: '$.validation.status', StringEquals: 'VALID', Next: 'ProcessFile' },
          { Variable: '$.validation.status', StringEquals: 'INVALID', Next: 'RejectFile' },
        ],
        Default: 'Done',
      },
      ProcessFile: {
        ...task('ProcessFile'),
        Retry: retryTask(5, 2),
        Catch: giveUp('KeepEvent'),
        Next: 'IsToBeAnnounced',
      },
      RejectFile: {
        ...task('RejectFile'),
        Retry: retryTask(5, 2),
        Catch: giveUp('KeepEvent'),
        Next: 'IsToBeAnnounced',
      },
      IsToBeAnnounced: {
        Type: 'Choice' as const,
        Choices: [
          {
            Variable: '$.notification.event',
            StringEquals: 'file_uploaded',
            Next: 'NotifyUploaded',
          },
          {
            Variable: '$.notification.event',
            StringEquals: 'file_rejected',
            Next: 'NotifyRejected',
          },
        ],
        Default: 'Done',
      },
      NotifyUploaded: notify('File uploaded'),
      NotifyRejected: notify('File rejected'),
      RecordNotified: {
        ...task('RecordNotified'),
        Retry: retryTask(5, 2),
        Catch: giveUp('KeepEvent'),
        Next: 'Done',
      },
      Done: { Type: 'Succeed' as const },
      // First of all: what comes after may fail as well, or take more time than is left.
      KeepEvent: {
        Type: 'Task' as const,
        Resource: 'arn:aws:states:::sqs:sendMessage',
        Parameters: { QueueUrl: queueUrl, 'MessageBody.$': '$$.Execution.Input' },
        ResultPath: '$.kept',
        TimeoutSeconds: TASK_TIMEOUT_SECONDS,
        Retry: retry(1, 2),
        Catch: [{ ErrorEquals: [ANY_FAULT], ResultPath: '$.kept', Next: 'RecordFailure' }],
        Next: 'RecordFailure',
      },
      RecordFailure: {
        ...task('RecordFailure'),
        Retry: retryTask(5, 2),
        Catch: giveUp('Failed'),
        Next: 'Failed',
      },
      Failed: {
        Type: 'Fail' as const,
        Error: 'ProcessingFailed',
        Cause: 'A fault outlasted its retries. The history of the file says which.',
      },
    },
  };
}
