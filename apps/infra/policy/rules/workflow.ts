import { DELIVER_LOGS, SAMPLE_TRACES, SEND_TRACES } from '../actions-without-resources.ts';
import { covers, grantsOf } from '../policy-document.ts';
import {
  isGiven,
  referencedBy,
  referrersOf,
  resourceRule,
  stackRule,
  type Member,
} from '../rule.ts';

const STATE_MACHINE = 'aws:sfn/stateMachine:StateMachine';
const EVENT_TARGET = 'aws:cloudwatch/eventTarget:EventTarget';

/** Which of some actions the role that a property names is not allowed. */
function missing(stack: Member[], resource: Member, property: string, actions: string[]): string {
  const grants = referencedBy(stack, 'aws:iam/role:Role', property, resource)
    .flatMap((role) => referrersOf(stack, 'aws:iam/rolePolicy:RolePolicy', 'role', role))
    .flatMap(({ props }) => grantsOf(props.policy));
  return actions
    .filter((action) => !grants.some((grant) => covers(grant, action.toLowerCase())))
    .join(', ');
}

/** State machines, and the events that start them. */
export const resourceRules = [
  resourceRule({
    name: 'step-functions-express',
    description: 'A state machine is of the EXPRESS kind, which costs a fraction for short runs.',
    types: [STATE_MACHINE],
    check: ({ type }) => (type === 'EXPRESS' ? undefined : 'It is of the STANDARD kind.'),
  }),
  resourceRule({
    name: 'step-functions-logging',
    description: 'A state machine logs: an EXPRESS one keeps no other history.',
    controls: ['StepFunctions.1'],
    types: [STATE_MACHINE],
    check: ({ loggingConfiguration: logging }) =>
      logging && logging.level !== 'OFF' && logging.logDestination?.endsWith(':*')
        ? undefined
        : 'It logs nothing.',
  }),
  resourceRule({
    name: 'step-functions-tracing',
    description: 'A state machine tells X-Ray of a sample of its executions.',
    types: [STATE_MACHINE],
    check: ({ tracingConfiguration }) =>
      tracingConfiguration?.enabled ? undefined : 'It sends no traces.',
  }),
  resourceRule({
    name: 'events-enabled',
    description: 'A rule of EventBridge is on.',
    types: ['aws:cloudwatch/eventRule:EventRule'],
    check: ({ state }) => (state === 'DISABLED' ? 'It is off.' : undefined),
  }),
  resourceRule({
    name: 'events-retried',
    description: 'A target says how often and how long EventBridge tries to reach it.',
    types: [EVENT_TARGET],
    check: ({ retryPolicy }) =>
      retryPolicy?.maximumRetryAttempts && retryPolicy.maximumEventAgeInSeconds
        ? undefined
        : 'It has no retry policy.',
  }),
  resourceRule({
    name: 'events-kept',
    description: 'A target has a queue for the events that could not be delivered.',
    types: [EVENT_TARGET],
    check: ({ deadLetterConfig }) =>
      isGiven(deadLetterConfig, 'arn') ? undefined : 'Events that could not be delivered are lost.',
  }),
];

export const stackRules = [
  stackRule({
    name: 'step-functions-log-delivery',
    description: 'The role of a state machine may have logs delivered.',
    type: STATE_MACHINE,
    check: (machine, stack) => {
      const actions = missing(stack, machine, 'roleArn', DELIVER_LOGS);
      return actions ? `Its role is not allowed ${actions}.` : undefined;
    },
  }),
  stackRule({
    name: 'step-functions-trace-grants',
    description: 'The role of a state machine may sample and send traces.',
    type: STATE_MACHINE,
    check: (machine, stack) => {
      const actions = missing(stack, machine, 'roleArn', [...SAMPLE_TRACES, ...SEND_TRACES]);
      return actions ? `Its role is not allowed ${actions}.` : undefined;
    },
  }),
  stackRule({
    name: 'lambda-trace-grants',
    description: 'The role of a function may send traces.',
    type: 'aws:lambda/function:Function',
    check: (fn, stack) => {
      const actions = missing(stack, fn, 'role', SEND_TRACES);
      return actions ? `Its role is not allowed ${actions}.` : undefined;
    },
  }),
  stackRule({
    name: 'step-functions-started',
    description: 'Something starts each state machine.',
    type: STATE_MACHINE,
    check: (machine, stack) =>
      referrersOf(stack, EVENT_TARGET, 'arn', machine).length > 0
        ? undefined
        : 'It is the target of no rule.',
  }),
  stackRule({
    name: 'events-dead-letter-grant',
    description: 'EventBridge may put what it cannot deliver into the queue of a target.',
    type: EVENT_TARGET,
    check: (target, stack) =>
      referencedBy(stack, 'aws:sqs/queue:Queue', 'deadLetterConfig', target)
        .flatMap((queue) =>
          referrersOf(stack, 'aws:sqs/queuePolicy:QueuePolicy', 'queueUrl', queue),
        )
        .flatMap(({ props }) => grantsOf(props.policy))
        .some(
          (grant) =>
            covers(grant, 'sqs:sendmessage') &&
            grant.principals.some(({ value }) => value === 'events.amazonaws.com'),
        )
        ? undefined
        : 'EventBridge is not let into its queue, and the events are lost.',
  }),
];
