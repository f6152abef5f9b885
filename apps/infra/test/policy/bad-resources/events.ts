import type { Changes } from '../draft.ts';

const GROUP = 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/x';
const role = { name: '-workflow-policy' };

export const EVENTS: Changes = {
  'step-functions-express': {
    'a state machine of the default kind': (draft) => draft.unset('sfn.StateMachine', ['type']),
    'a state machine of the STANDARD kind': (draft) =>
      draft.set('sfn.StateMachine', { type: 'STANDARD' }),
  },
  'step-functions-logging': {
    'a state machine that says nothing of logs': (draft) =>
      draft.unset('sfn.StateMachine', ['loggingConfiguration']),
    'a state machine whose logging is off': (draft) =>
      draft.set('sfn.StateMachine', {
        loggingConfiguration: { level: 'OFF', logDestination: `${GROUP}:*` },
      }),
    'a log group without its streams, which Step Functions refuses': (draft) =>
      draft.set('sfn.StateMachine', {
        loggingConfiguration: { level: 'ERROR', logDestination: GROUP },
      }),
  },
  'step-functions-tracing': {
    'a state machine that sends no traces': (draft) =>
      draft.set('sfn.StateMachine', { tracingConfiguration: { enabled: false } }),
  },
  'step-functions-log-delivery': {
    'a state machine that logs and may not': (draft) =>
      draft.revoke('iam.RolePolicy', 'DeliverLogs', role),
    'a state machine without one of the grants': (draft) =>
      draft.rewrite(
        'iam.RolePolicy',
        (statements) =>
          statements.map((statement) => ({
            ...statement,
            Action: [statement.Action]
              .flat()
              .filter((action) => action !== 'logs:PutResourcePolicy'),
          })),
        role,
      ),
  },
  'step-functions-trace-grants': {
    'a state machine that traces and may not': (draft) =>
      draft.revoke('iam.RolePolicy', 'SendTraces', role),
  },
  'step-functions-started': {
    'a state machine that nothing starts': (draft) => draft.remove('cloudwatch.EventTarget'),
  },
  'events-enabled': {
    'a rule that is off': (draft) => draft.set('cloudwatch.EventRule', { state: 'DISABLED' }),
  },
  'events-retried': {
    'a target without a retry policy': (draft) =>
      draft.unset('cloudwatch.EventTarget', ['retryPolicy']),
    'a target that is tried once': (draft) =>
      draft.set('cloudwatch.EventTarget', {
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 3600 },
      }),
  },
  'events-kept': {
    'a target without a queue': (draft) =>
      draft.unset('cloudwatch.EventTarget', ['deadLetterConfig']),
  },
  'events-dead-letter-grant': {
    'a queue that EventBridge is not let into': (draft) =>
      draft.revoke('sqs.QueuePolicy', 'KeepUndelivered'),
    'a queue without a policy': (draft) => draft.remove('sqs.QueuePolicy'),
  },
  'sns-encryption': {
    'a topic that is not encrypted': (draft) => draft.unset('sns.Topic', ['kmsMasterKeyId']),
    'a topic that AWS has the key of': (draft) =>
      draft.set('sns.Topic', { kmsMasterKeyId: 'alias/aws/sns' }),
  },
  'sns-not-public': {
    'a topic that anybody may subscribe to': (draft) =>
      draft.grant('sns.TopicPolicy', { Action: 'sns:Subscribe', Principal: '*' }),
    'a topic with such a policy of its own': (draft) =>
      draft.set('sns.Topic', {
        policy: JSON.stringify({
          Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sns:Publish' }],
        }),
      }),
  },
  'sns-tls-only': {
    'a topic without a policy': (draft) => draft.remove('sns.TopicPolicy'),
    'a topic that takes plain HTTP': (draft) =>
      draft.revoke('sns.TopicPolicy', 'RefusePlainHttp', { name: '-alarms-policy' }),
  },
  'sqs-encryption': {
    'a queue that is not encrypted': (draft) =>
      draft.set('sqs.Queue', { sqsManagedSseEnabled: false }),
    'a queue that does not say': (draft) => draft.unset('sqs.Queue', ['sqsManagedSseEnabled']),
  },
  'sqs-not-public': {
    'a queue that anybody may read': (draft) =>
      draft.grant('sqs.QueuePolicy', { Action: 'sqs:ReceiveMessage', Principal: { AWS: '*' } }),
  },
  'sqs-tls-only': {
    'a queue without a policy': (draft) => draft.remove('sqs.QueuePolicy'),
    'a queue that takes plain HTTP': (draft) => draft.revoke('sqs.QueuePolicy', 'RefusePlainHttp'),
  },
};
