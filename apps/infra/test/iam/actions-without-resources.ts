/** @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy */
export const DELIVERING_LOGS = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];

/** @see https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html */
export const SENDING_TRACES = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html */
export const TRACING = [...SENDING_TRACES, 'xray:GetSamplingRules', 'xray:GetSamplingTargets'];
