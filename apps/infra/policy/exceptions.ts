/** A rule that some resources may break, and why. */
export interface Exception {
  rule: string;
  type: string;
  /** Of the names that the program gives resources, which start with project and stack. */
  name: RegExp;
  reason: string;
}

const PUBLIC_FILES =
  'Public files are read straight from S3 by anybody: the bucket policy lets them get the objects that carry the tag of public files, and nothing else (s3-public-read-of-tagged-objects). A stack with publicRead off needs no exception.';

/** All that is accepted. Whatever else breaks a rule stops the deployment. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    rule: 's3-public-policies-blocked',
    type: 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
    name: /-files-public-access$/,
    reason: PUBLIC_FILES,
  },
  {
    rule: 's3-no-public-read',
    type: 'aws:s3/bucketPolicy:BucketPolicy',
    name: /-files-policy$/,
    reason: PUBLIC_FILES,
  },
  {
    rule: 's3-access-logs',
    type: 'aws:s3/bucket:Bucket',
    name: /-files$/,
    reason:
      'Server access logs come late and incomplete, and need a second bucket. Requests are in the access log of the API, and what happens to files is in their history; who needs an audit trail adds CloudTrail data events.',
  },
  {
    rule: 'api-authorization',
    type: 'aws:apigatewayv2/route:Route',
    name: /-route$/,
    reason:
      'The service has no users of its own: who may use it is for the authorizer or the gateway that its operator puts in front.',
  },
  {
    rule: 'logs-for-a-year',
    type: 'aws:cloudwatch/logGroup:LogGroup',
    name: /-(access|function|workflow)-log$/,
    reason:
      'Logs are for finding faults and hold addresses of users: 30 days, or what logRetentionDays says.',
  },
];

/** The exception that lets a resource break a rule, if there is one. */
export function exceptionFor(
  rule: { name: string },
  resource: { type: string; name: string },
): Exception | undefined {
  return EXCEPTIONS.find(
    (exception) =>
      exception.rule === rule.name &&
      exception.type === resource.type &&
      exception.name.test(resource.name),
  );
}
