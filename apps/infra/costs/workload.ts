import { stateMachineDefinition, TASK_NAMES } from '@file-upload/workflow/definition';
import { readSettings } from '../src/read-settings.ts';

/** What the program makes of a stack without configuration, as far as it is paid for. */
export const STACK = {
  /** Of standard resolution, with one metric each. */
  alarms: 15,
  dashboards: 1,
  /** $1 more each year, for its first two rotations. */
  keys: 1,
  /** The share of executions that is traced, with the calls of the function that they make. */
  traceRate: 0.05,
  /** GiB of the function. */
  memory: readSettings('stack', {}).memoryMb / 1024,
} as const;

/**
 * What is assumed of one upload. Bytes were measured with the server and the row of a picture with a
 * short name; milliseconds are estimates, for none of this ran on AWS yet.
 */
export const ASSUMED = {
  /** The function at 1 GiB: a form in an event, decoded, checked and put into S3, then its row. */
  formMs: 150,
  /** The same bytes as base64 within JSON, which is parsed and validated first. */
  jsonMs: 200,
  /** A request that only signs a URL and writes a row. */
  signingMs: 25,
  /** ValidateFile, ProcessFile and RecordNotified together. */
  tasksMs: 155,
  /** From the start of an execution to its end: the tasks, the publication, and the ways between. */
  executionMs: 500,
  /** MB that an execution is billed for: 50 and its definition and data, in steps of 64. */
  executionMb: 64,
  /** The answer with its headers. */
  answerBytes: 1200,
  /** A form or JSON around the file, and the headers of the request. */
  requestBytes: 600,
  /** Two lines of the server, each with the 26 bytes that CloudWatch adds. */
  requestLogBytes: 500,
  /** What Lambda itself writes of each call: start and report. */
  callLogBytes: 600,
  /** One line of the access log. */
  accessLogBytes: 380,
  /** CloudWatch keeps logs compressed. */
  logCompression: 0.15,
  /** A row with its whole history, and the 100 bytes that DynamoDB adds to each item. */
  rowBytes: 700,
} as const;

/** The states that a file goes through that is VALID, and how many of them call the function. */
export function happyPath(): { states: number; tasks: number } {
  const { StartAt, States } = stateMachineDefinition({
    functionArn: 'function',
    topicArn: 'topic',
    queueUrl: 'queue',
  });
  const all = States as Record<
    string,
    { Type: string; Next?: string; Choices?: { Next: string }[] }
  >;
  const path: string[] = [];
  for (let name: string | undefined = StartAt; name;) {
    path.push(name);
    // The first choice is the one of a VALID file.
    const { Next, Choices }: (typeof all)[string] = all[name]!;
    name = Choices?.[0]?.Next ?? Next;
  }
  const tasks = path.filter((name) => (TASK_NAMES as readonly string[]).includes(name));
  return { states: path.length, tasks: tasks.length };
}
