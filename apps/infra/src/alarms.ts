import { METADATA_TABLE } from '@file-upload/shared-types';
import type * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';

/** What is watched. */
export interface Watched {
  api: aws.apigatewayv2.Api;
  fn: aws.lambda.Function;
  stateMachine: aws.sfn.StateMachine;
  rule: aws.cloudwatch.EventRule;
  deadLetters: aws.sqs.Queue;
  topic: aws.sns.Topic;
  table: aws.dynamodb.Table;
}

/** A metric that tells of trouble, and from where on. */
export interface Alarm {
  /** What the alarm is called, after the name of the stack. */
  name: string;
  /** What is wrong, and where to look. */
  description: string;
  namespace: string;
  metricName: string;
  dimensions: Record<string, pulumi.Input<string>>;
  /** Of one period: a count, unless `extendedStatistic` is a percentile. */
  statistic?: 'Sum' | 'Maximum';
  extendedStatistic?: string;
  /** The metric's own unit: a count, or milliseconds. */
  threshold: number;
  /** How many minutes in a row it has to be above the threshold. */
  minutes?: number;
}

/** Any at all, in a minute. */
const counted = { statistic: 'Sum', threshold: 0 } as const;

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html */
function throttles(of: 'table' | 'index', dimensions: Alarm['dimensions']): Alarm[] {
  const throttled = { ...counted, namespace: 'AWS/DynamoDB', dimensions };
  const description = `DynamoDB refuses requests to the ${of}: there are more than it takes.`;
  return [
    {
      ...throttled,
      name: `${of}-reads-throttled`,
      description,
      metricName: 'ReadThrottleEvents',
    },
    {
      ...throttled,
      name: `${of}-writes-throttled`,
      description,
      metricName: 'WriteThrottleEvents',
    },
  ];
}

/** The metrics of each part that are worth waking somebody for. */
export function alarmsOf(watched: Watched): Alarm[] {
  const { api, fn, stateMachine, rule, deadLetters, topic, table } = watched;
  const executions = { StateMachineArn: stateMachine.arn };
  const functionName = { FunctionName: fn.name };
  const apiId = { ApiId: api.id };

  return [
    {
      ...counted,
      name: 'workflow-failed',
      description: 'Executions failed. Their events should be among the dead letters.',
      namespace: 'AWS/States',
      metricName: 'ExecutionsFailed',
      dimensions: executions,
    },
    {
      ...counted,
      name: 'workflow-timed-out',
      description: 'Executions took longer than five minutes, and were ended.',
      namespace: 'AWS/States',
      metricName: 'ExecutionsTimedOut',
      dimensions: executions,
    },
    {
      ...counted,
      name: 'dead-letters',
      description: 'Events wait to be run again: npx nx run infra:redrive.',
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: deadLetters.name },
      statistic: 'Maximum',
    },
    {
      ...counted,
      name: 'events-not-delivered',
      description: 'EventBridge could not start the workflow.',
      namespace: 'AWS/Events',
      metricName: 'FailedInvocations',
      dimensions: { RuleName: rule.name },
    },
    {
      ...counted,
      name: 'events-lost',
      description: 'EventBridge could keep events neither here nor there: run api:reindex.',
      namespace: 'AWS/Events',
      metricName: 'InvocationsFailedToBeSentToDlq',
      dimensions: { RuleName: rule.name },
    },
    {
      ...counted,
      name: 'notifications-failed',
      description: 'SNS could not deliver announcements to a subscriber.',
      namespace: 'AWS/SNS',
      metricName: 'NumberOfNotificationsFailed',
      dimensions: { TopicName: topic.name },
    },
    {
      ...counted,
      name: 'function-errors',
      description: 'The function threw, or ran out of time or memory.',
      namespace: 'AWS/Lambda',
      metricName: 'Errors',
      dimensions: functionName,
    },
    {
      ...counted,
      name: 'function-throttled',
      description: 'More calls of the function at once than its concurrency allows.',
      namespace: 'AWS/Lambda',
      metricName: 'Throttles',
      dimensions: functionName,
    },
    {
      name: 'function-slow',
      description: 'One call in a hundred takes more than 10 seconds.',
      namespace: 'AWS/Lambda',
      metricName: 'Duration',
      dimensions: functionName,
      extendedStatistic: 'p99',
      threshold: 10_000,
      minutes: 5,
    },
    {
      ...counted,
      name: 'api-errors',
      description: 'Requests were answered with a 5xx.',
      namespace: 'AWS/ApiGateway',
      metricName: '5xx',
      dimensions: apiId,
    },
    {
      name: 'api-slow',
      description: 'One request in a hundred takes more than 10 seconds.',
      namespace: 'AWS/ApiGateway',
      metricName: 'Latency',
      dimensions: apiId,
      extendedStatistic: 'p99',
      threshold: 10_000,
      minutes: 5,
    },
    ...throttles('table', { TableName: table.name }),
    // What is counted for the table leaves out its index.
    ...throttles('index', {
      TableName: table.name,
      GlobalSecondaryIndexName: METADATA_TABLE.ownerIndex.name,
    }),
  ];
}
