/** @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy */
export const DELIVER_LOGS = [
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
export const SEND_TRACES = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html */
export const SAMPLE_TRACES = ['xray:GetSamplingRules', 'xray:GetSamplingTargets'];

/** All that a policy may allow on "*": AWS knows no resources of them, or asks for all. */
export const ACTIONS_WITHOUT_RESOURCES = [...DELIVER_LOGS, ...SEND_TRACES, ...SAMPLE_TRACES];
