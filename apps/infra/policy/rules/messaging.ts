import { grantsOf, isForAnybody, refusesPlainHttp } from '../policy-document.ts';
import { referrersOf, resourceRule, stackRule } from '../rule.ts';

const TOPIC = 'aws:sns/topic:Topic';
const TOPIC_POLICY = 'aws:sns/topicPolicy:TopicPolicy';
const QUEUE = 'aws:sqs/queue:Queue';
const QUEUE_POLICY = 'aws:sqs/queuePolicy:QueuePolicy';

/** Topics and queues. */
export const resourceRules = [
  resourceRule({
    name: 'sns-encryption',
    description: 'A topic is encrypted with a key of this account.',
    controls: ['SNS.1'],
    types: [TOPIC],
    check: ({ kmsMasterKeyId }) =>
      kmsMasterKeyId && kmsMasterKeyId !== 'alias/aws/sns' ? undefined : 'It is not.',
  }),
  resourceRule({
    name: 'sns-not-public',
    description: 'The policy of a topic lets in nobody in particular.',
    controls: ['SNS.4'],
    types: [TOPIC, TOPIC_POLICY],
    check: ({ policy }) =>
      grantsOf(policy).some(isForAnybody) ? 'Anybody may use it.' : undefined,
  }),
  resourceRule({
    name: 'sqs-encryption',
    description: 'A queue is encrypted.',
    controls: ['SQS.1'],
    types: [QUEUE],
    // A queue about which nothing is said is encrypted by SQS today; older ones are not.
    check: ({ sqsManagedSseEnabled, kmsMasterKeyId }) =>
      sqsManagedSseEnabled || kmsMasterKeyId ? undefined : 'It does not say how.',
  }),
  resourceRule({
    name: 'sqs-not-public',
    description: 'The policy of a queue lets in nobody in particular.',
    controls: ['SQS.3'],
    types: [QUEUE, QUEUE_POLICY],
    check: ({ policy }) =>
      grantsOf(policy).some(isForAnybody) ? 'Anybody may use it.' : undefined,
  }),
];

export const stackRules = [
  stackRule({
    name: 'sns-tls-only',
    description: 'The policy of each topic refuses plain HTTP.',
    type: TOPIC,
    check: (topic, stack) =>
      referrersOf(stack, TOPIC_POLICY, 'arn', topic).some(({ props }) =>
        refusesPlainHttp(props.policy, 'sns:publish', /./),
      )
        ? undefined
        : 'It takes messages over plain HTTP.',
  }),
  stackRule({
    name: 'sqs-tls-only',
    description: 'The policy of each queue refuses plain HTTP.',
    type: QUEUE,
    check: (queue, stack) =>
      referrersOf(stack, QUEUE_POLICY, 'queueUrl', queue).some(({ props }) =>
        refusesPlainHttp(props.policy, 'sqs:*', /./),
      )
        ? undefined
        : 'It takes and gives messages over plain HTTP.',
  }),
];
