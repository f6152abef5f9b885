import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { alarmsOf, type Alarm, type Watched } from './alarms.ts';
import type { Deployment } from './deployment.ts';
import { policyDocument, tlsOnly } from './policy.ts';

const PERIOD_SECONDS = 60;

/** Who is told when something is wrong: topic, alarms and a dashboard. */
export class Monitoring extends pulumi.ComponentResource {
  readonly topic: aws.sns.Topic;
  readonly dashboard: aws.cloudwatch.Dashboard;

  constructor(
    name: string,
    { settings, region, accountId }: Deployment,
    { key, ...watched }: Watched & { key: aws.kms.Key },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('file-upload:Monitoring', name, {}, options);
    const child = { parent: this };

    this.topic = new aws.sns.Topic(
      `${name}-alarms`,
      { displayName: 'File upload alarms', kmsMasterKeyId: key.arn },
      child,
    );
    new aws.sns.TopicPolicy(
      `${name}-alarms-policy`,
      {
        arn: this.topic.arn,
        policy: policyDocument([
          {
            Sid: 'PublishAlarms',
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Resource: this.topic.arn,
            Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
          },
          tlsOnly('sns:Publish', this.topic.arn),
        ]),
      },
      child,
    );
    if (settings.alarmEmail) {
      new aws.sns.TopicSubscription(
        `${name}-alarms-email`,
        { topic: this.topic.arn, protocol: 'email', endpoint: settings.alarmEmail },
        child,
      );
    }
    const alarms = alarmsOf(watched);
    for (const alarm of alarms) this.#alarm(name, alarm);
    this.dashboard = new aws.cloudwatch.Dashboard(
      `${name}-dashboard`,
      { dashboardName: name, dashboardBody: pulumi.jsonStringify(dashboardOf(alarms, region)) },
      child,
    );
    this.registerOutputs({});
  }

  #alarm(stack: string, { name, description, minutes = 1, ...metric }: Alarm): void {
    new aws.cloudwatch.MetricAlarm(
      `${stack}-${name}`,
      {
        ...metric,
        alarmDescription: description,
        comparisonOperator: 'GreaterThanThreshold',
        period: PERIOD_SECONDS,
        evaluationPeriods: minutes,
        // No traffic is no trouble.
        treatMissingData: 'notBreaching',
        alarmActions: [this.topic.arn],
        okActions: [this.topic.arn],
      },
      { parent: this },
    );
  }
}

/** Each alarm's metric as a graph with its threshold, three in a row. */
function dashboardOf(alarms: Alarm[], region: string): object {
  const [width, height] = [8, 6];
  return {
    widgets: alarms.map(({ name, threshold, ...metric }, index) => ({
      type: 'metric',
      x: (index % 3) * width,
      y: Math.floor(index / 3) * height,
      width,
      height,
      properties: {
        title: name,
        region,
        period: PERIOD_SECONDS,
        stat: metric.extendedStatistic ?? metric.statistic,
        metrics: [
          [metric.namespace, metric.metricName, ...Object.entries(metric.dimensions).flat()],
        ],
        annotations: { horizontal: [{ label: 'alarm above', value: threshold }] },
      },
    })),
  };
}
