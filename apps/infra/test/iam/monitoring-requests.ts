import type { Resource, Topology } from '../engine/topology.ts';
import { textAt, theOne } from '../invariants/resources.ts';
import type { AwsRequest } from './simulate-request.ts';
import { forSource, SECURE } from './source-context.ts';

/** What CloudWatch does when an alarm changes. */
export function alarmRequests(alarm: Resource, topology: Topology): AwsRequest[] {
  const actions = [alarm.outputs.alarmActions, alarm.outputs.okActions].flat() as string[];
  return [...new Set(actions)].flatMap((arn) => {
    const topic = theOne(topology, 'aws:sns/topic:Topic', { arn });
    const needs = (action: string, resource: string) => ({
      what: 'CloudWatch publishes an alarm',
      source:
        'https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services',
      principal: 'cloudwatch.amazonaws.com',
      action,
      resource,
      context: forSource(textAt(alarm, 'arn')),
    });
    const key = textAt(topic, 'kmsMasterKeyId');
    return [
      needs('sns:Publish', arn),
      ...(key ? [needs('kms:GenerateDataKey', key), needs('kms:Decrypt', key)] : []),
    ];
  });
}

/** What CloudWatch Logs does for a log group. */
export function logGroupRequests(group: Resource): AwsRequest[] {
  const key = textAt(group, 'kmsKeyId');
  const actions = ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GenerateDataKey'];
  return (key ? actions : []).map((action) => ({
    what: `CloudWatch Logs keeps ${textAt(group, 'name')} encrypted`,
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html',
    principal: `logs.${textAt(group, 'region')}.amazonaws.com`,
    action: `kms:${action}`,
    resource: key,
    context: { ...SECURE, 'kms:EncryptionContext:aws:logs:arn': textAt(group, 'arn') },
  }));
}
