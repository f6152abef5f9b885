/** What the program sets and a deployment onto MiniStack leaves out. */
interface Gap {
  type: string;
  /** An input of the resource, with all its parts; the whole resource if not given. */
  input?: string;
  reason: string;
}

export const GAPS: readonly Gap[] = [
  {
    type: 'aws:appautoscaling/policy:Policy',
    reason: 'MiniStack has no Application Auto Scaling',
  },
  {
    type: 'aws:appautoscaling/target:Target',
    reason: 'MiniStack has no Application Auto Scaling',
  },
  { type: 'aws:xray/samplingRule:SamplingRule', reason: 'MiniStack has no X-Ray' },
  {
    type: 'aws:kms/key:Key',
    input: 'deletionWindowInDays',
    reason: 'it only counts when the stack is destroyed',
  },
  {
    type: 'aws:s3/bucket:Bucket',
    input: 'forceDestroy',
    reason: 'it only counts when the stack is destroyed',
  },
];

/**
 * What MiniStack 1.5.33 keeps and does not act upon, as its source has it: that this is right has
 * to be shown by other tests. It does act upon the function's role, bucket, topic and queue
 * policies, the block of public access, and CORS.
 */
const NOT_ENFORCED = [
  'role of the state machine: its tasks run whatever the role may do',
  'role, retry policy and dead letters of the event target: MiniStack starts the workflow by itself',
  'permission of API Gateway to call the function',
  'checksum of a whole that is made of parts, their order and least size; lifecycle of the bucket',
  'a form that a role has signed: MiniStack refuses it',
  'key policy: nothing is encrypted for the table, the topics and the logs',
  'throttling and access logs of the stage, logs and traces of the state machine',
  'metrics of all services but Lambda, and the dimensions of alarms',
];

/** All of it as lines of text. */
export function describeGaps(): string {
  const left = GAPS.map(
    ({ type, input, reason }) => `${[type, input].join(' ').trim()}: ${reason}`,
  );
  return [
    'Not deployed onto MiniStack:',
    ...left.map((line) => `  ${line}`),
    'Deployed, but not enforced by it:',
    ...NOT_ENFORCED.map((line) => `  ${line}`),
    '',
  ].join('\n');
}
