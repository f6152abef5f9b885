import { deepEqual, equal, ok } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Resource, Topology } from '../engine/topology.ts';
import { allOf, at, textAt, theOne, type Invariants } from './resources.ts';

/** Every trouble that somebody has to be told of: namespace, metric and whose it is. */
const TROUBLES: [namespace: string, metric: string, type: string, dimension: string, of: string][] =
  [
    [
      'AWS/States',
      'ExecutionsFailed',
      'aws:sfn/stateMachine:StateMachine',
      'StateMachineArn',
      'arn',
    ],
    [
      'AWS/States',
      'ExecutionsTimedOut',
      'aws:sfn/stateMachine:StateMachine',
      'StateMachineArn',
      'arn',
    ],
    ['AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'aws:sqs/queue:Queue', 'QueueName', 'name'],
    ['AWS/Events', 'FailedInvocations', 'aws:cloudwatch/eventRule:EventRule', 'RuleName', 'name'],
    [
      'AWS/Events',
      'InvocationsFailedToBeSentToDlq',
      'aws:cloudwatch/eventRule:EventRule',
      'RuleName',
      'name',
    ],
    ['AWS/Lambda', 'Errors', 'aws:lambda/function:Function', 'FunctionName', 'name'],
    ['AWS/Lambda', 'Throttles', 'aws:lambda/function:Function', 'FunctionName', 'name'],
    ['AWS/Lambda', 'Duration', 'aws:lambda/function:Function', 'FunctionName', 'name'],
    ['AWS/ApiGateway', '5xx', 'aws:apigatewayv2/api:Api', 'ApiId', 'id'],
    ['AWS/ApiGateway', 'Latency', 'aws:apigatewayv2/api:Api', 'ApiId', 'id'],
    ['AWS/DynamoDB', 'ReadThrottleEvents', 'aws:dynamodb/table:Table', 'TableName', 'name'],
    ['AWS/DynamoDB', 'WriteThrottleEvents', 'aws:dynamodb/table:Table', 'TableName', 'name'],
  ];

function alarmTopic(topology: Topology): Resource {
  return theOne(topology, 'aws:sns/topic:Topic', { arn: topology.outputs['alarm_topic_arn'] });
}

/** @throws Error where no alarm watches a metric of just these dimensions */
function demandAlarm(
  topology: Topology,
  namespace: string,
  metricName: string,
  dimensions: Record<string, unknown>,
): void {
  const found = allOf(topology, 'aws:cloudwatch/metricAlarm:MetricAlarm').filter(
    (alarm) =>
      at(alarm, 'namespace') === namespace &&
      at(alarm, 'metricName') === metricName &&
      isDeepStrictEqual(at(alarm, 'dimensions'), dimensions),
  );
  equal(found.length, 1, `${namespace} ${metricName}`);
}

/** Who is told when something is wrong. */
export const MONITORING: Invariants = {
  'every trouble has its alarm'(topology) {
    for (const [namespace, metricName, type, dimension, attribute] of TROUBLES) {
      demandAlarm(topology, namespace, metricName, {
        [dimension]: at(theOne(topology, type), attribute),
      });
    }
  },

  'throttling of the index is not taken for throttling of the table'(topology) {
    const table = theOne(topology, 'aws:dynamodb/table:Table');
    for (const metricName of ['ReadThrottleEvents', 'WriteThrottleEvents']) {
      demandAlarm(topology, 'AWS/DynamoDB', metricName, {
        TableName: at(table, 'name'),
        GlobalSecondaryIndexName: at(table, 'globalSecondaryIndexes.0.name'),
      });
    }
  },

  'announcements that do not reach a subscriber raise an alarm'(topology) {
    const topic = theOne(topology, 'aws:sns/topic:Topic', {
      arn: topology.outputs['sns_topic_arn'],
    });
    theOne(topology, 'aws:cloudwatch/metricAlarm:MetricAlarm', {
      metricName: 'NumberOfNotificationsFailed',
      'dimensions.TopicName': at(topic, 'name'),
    });
  },

  'every alarm says what is wrong, tells the topic, and is quiet where nothing happens'(topology) {
    const actions = [at(alarmTopic(topology), 'arn')];
    for (const alarm of allOf(topology, 'aws:cloudwatch/metricAlarm:MetricAlarm')) {
      deepEqual(at(alarm, 'alarmActions'), actions, alarm.name);
      deepEqual(at(alarm, 'okActions'), actions, alarm.name);
      equal(at(alarm, 'treatMissingData'), 'notBreaching', alarm.name);
      ok(textAt(alarm, 'alarmDescription').length > 20, alarm.name);
      equal(at(alarm, 'statistic') === undefined, at(alarm, 'extendedStatistic') !== undefined);
    }
  },

  'whoever gave an address is told by e-mail'(topology) {
    theOne(topology, 'aws:sns/topicSubscription:TopicSubscription', {
      topic: at(alarmTopic(topology), 'arn'),
      protocol: 'email',
      endpoint: 'team@example.com',
    });
  },

  'the dashboard shows every metric that has an alarm'(topology) {
    const dashboard = theOne(topology, 'aws:cloudwatch/dashboard:Dashboard');
    const { widgets } = JSON.parse(textAt(dashboard, 'dashboardBody')) as {
      widgets: { properties: { region: string; metrics: string[][] } }[];
    };
    const shown = widgets.map(({ properties }) => properties.metrics[0]?.toSorted().join(' '));
    const watched = allOf(topology, 'aws:cloudwatch/metricAlarm:MetricAlarm').map((alarm) => {
      const dimensions = Object.entries(at(alarm, 'dimensions') as Record<string, string>).flat();
      return [at(alarm, 'namespace'), at(alarm, 'metricName'), ...dimensions].toSorted().join(' ');
    });
    deepEqual(shown.sort(), watched.sort());
    for (const { properties } of widgets) equal(properties.region, 'us-east-1');
  },
};
