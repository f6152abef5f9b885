/** The standards of AWS Security Hub that the controls belong to. */
const FSBP = 'AWS Foundational Security Best Practices v1.0.0';
const NIST = 'NIST SP 800-53 Rev. 5';

/**
 * The controls of AWS Security Hub that what this project deploys can keep or break: all of the
 * Foundational Security Best Practices, and those of NIST SP 800-53 that its own rules meet anyway.
 * Of the former, S3.1 is about the account, KMS.3 about deletions under way, and Lambda.5 and
 * APIGateway.1 to 5 about VPCs, REST and WebSocket APIs.
 *
 * @see https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html
 * @see https://docs.aws.amazon.com/securityhub/latest/userguide/standards-reference-nist-800-53.html
 */
export const CONTROLS = {
  'APIGateway.8': {
    title: 'API Gateway routes should specify an authorization type',
    standard: FSBP,
  },
  'APIGateway.9': {
    title: 'Access logging should be configured for API Gateway V2 Stages',
    standard: FSBP,
  },
  'CloudWatch.15': {
    title: 'CloudWatch alarms should have specified actions configured',
    standard: NIST,
  },
  'CloudWatch.16': {
    title: 'CloudWatch log groups should be retained for a specified time period',
    standard: NIST,
  },
  'CloudWatch.17': { title: 'CloudWatch alarm actions should be activated', standard: NIST },
  'DynamoDB.1': {
    title: 'DynamoDB tables should automatically scale capacity with demand',
    standard: FSBP,
  },
  'DynamoDB.2': {
    title: 'DynamoDB tables should have point-in-time recovery enabled',
    standard: FSBP,
  },
  'DynamoDB.6': {
    title: 'DynamoDB tables should have deletion protection enabled',
    standard: FSBP,
  },
  'IAM.1': {
    title: 'IAM policies should not allow full "*" administrative privileges',
    standard: FSBP,
  },
  'IAM.21': {
    title:
      'IAM customer managed policies that you create should not allow wildcard actions for services',
    standard: FSBP,
  },
  'KMS.1': {
    title: 'IAM customer managed policies should not allow decryption actions on all KMS keys',
    standard: FSBP,
  },
  'KMS.2': {
    title:
      'IAM principals should not have IAM inline policies that allow decryption actions on all KMS keys',
    standard: FSBP,
  },
  'KMS.4': { title: 'AWS KMS key rotation should be enabled', standard: NIST },
  'KMS.5': { title: 'KMS keys should not be publicly accessible', standard: FSBP },
  'Lambda.1': { title: 'Lambda function policies should prohibit public access', standard: FSBP },
  'Lambda.2': { title: 'Lambda functions should use supported runtimes', standard: FSBP },
  'S3.2': { title: 'S3 general purpose buckets should block public read access', standard: FSBP },
  'S3.3': { title: 'S3 general purpose buckets should block public write access', standard: FSBP },
  'S3.5': {
    title: 'S3 general purpose buckets should require requests to use SSL',
    standard: FSBP,
  },
  'S3.6': {
    title: 'S3 general purpose bucket policies should restrict access to other AWS accounts',
    standard: FSBP,
  },
  'S3.8': { title: 'S3 general purpose buckets should block public access', standard: FSBP },
  'S3.9': {
    title: 'S3 general purpose buckets should have server access logging enabled',
    standard: FSBP,
  },
  'S3.10': {
    title:
      'S3 general purpose buckets with versioning enabled should have Lifecycle configurations',
    standard: NIST,
  },
  'S3.11': {
    title: 'S3 general purpose buckets should have event notifications enabled',
    standard: NIST,
  },
  'S3.12': {
    title: 'ACLs should not be used to manage user access to S3 general purpose buckets',
    standard: FSBP,
  },
  'S3.13': {
    title: 'S3 general purpose buckets should have Lifecycle configurations',
    standard: FSBP,
  },
  'S3.14': { title: 'S3 general purpose buckets should have versioning enabled', standard: NIST },
  'SNS.1': { title: 'SNS topics should be encrypted at-rest using AWS KMS', standard: NIST },
  'SNS.4': { title: 'SNS topic access policies should not allow public access', standard: FSBP },
  'SQS.1': { title: 'Amazon SQS queues should be encrypted at rest', standard: FSBP },
  'SQS.3': { title: 'SQS queue access policies should not allow public access', standard: FSBP },
  'StepFunctions.1': {
    title: 'Step Functions state machines should have logging turned on',
    standard: FSBP,
  },
} as const satisfies Record<string, { title: string; standard: string }>;

export type ControlId = keyof typeof CONTROLS;

/** The page of AWS's documentation that says what a control checks and why. */
export function pageOf(id: ControlId): string {
  const [service = '', number] = id.toLowerCase().split('.');
  return `https://docs.aws.amazon.com/securityhub/latest/userguide/${service}-controls.html#${service}-${number}`;
}
