import {
  PutDashboardCommand,
  PutMetricAlarmCommand,
  type ComparisonOperator,
  type Statistic,
} from '@aws-sdk/client-cloudwatch';
import type * as aws from '@pulumi/aws';
import { physicalName, tagList, type Make } from './request.ts';

export const metricAlarm: Make<aws.cloudwatch.MetricAlarmArgs> = async (request) => {
  const { inputs, tags, region, accountId } = request;
  const AlarmName = inputs.name ?? physicalName(request, 255);
  await request.aws.cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      AlarmDescription: inputs.alarmDescription,
      Namespace: inputs.namespace,
      MetricName: inputs.metricName,
      Dimensions: Object.entries(inputs.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
      Statistic: inputs.statistic as Statistic | undefined,
      ExtendedStatistic: inputs.extendedStatistic,
      Threshold: inputs.threshold,
      ComparisonOperator: inputs.comparisonOperator as ComparisonOperator,
      Period: inputs.period,
      EvaluationPeriods: inputs.evaluationPeriods,
      TreatMissingData: inputs.treatMissingData,
      AlarmActions: inputs.alarmActions as string[] | undefined,
      OKActions: inputs.okActions as string[] | undefined,
      Tags: tagList(tags),
    }),
  );
  const arn = `arn:aws:cloudwatch:${region}:${accountId}:alarm:${AlarmName}`;
  return { id: AlarmName, outputs: { name: AlarmName, arn } };
};

export const dashboard: Make<aws.cloudwatch.DashboardArgs> = async ({ inputs, aws }) => {
  const { dashboardName: DashboardName, dashboardBody } = inputs;
  const { DashboardValidationMessages: messages = [] } = await aws.cloudwatch.send(
    new PutDashboardCommand({ DashboardName, DashboardBody: dashboardBody }),
  );
  if (messages.length > 0) throw new Error(JSON.stringify(messages));
  return { id: DashboardName, outputs: {} };
};
