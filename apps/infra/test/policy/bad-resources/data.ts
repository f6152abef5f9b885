import type { Changes } from '../draft.ts';

export const DATA: Changes = {
  'kms-rotation': {
    'a key that is not rotated': (draft) => draft.set('kms.Key', { enableKeyRotation: false }),
    'a key that says nothing of rotation': (draft) => draft.unset('kms.Key', ['enableKeyRotation']),
  },
  'kms-not-public': {
    'a key for all but somebody': (draft) =>
      draft.grant('kms.Key', {
        Action: 'kms:Decrypt',
        NotPrincipal: { AWS: 'arn:aws:iam::123456789012:user/x' },
        Resource: '*',
      }),
    'a key without a policy': (draft) => draft.unset('kms.Key', ['policy']),
    'a key that anybody may use': (draft) =>
      draft.grant('kms.Key', {
        Action: 'kms:Decrypt',
        Principal: { AWS: ['*'] },
        Resource: '*',
        Condition: { StringEquals: { 'kms:CallerAccount': '123456789012' } },
      }),
  },
  'kms-administered-by-the-account': {
    'a key of another account': (draft) =>
      draft.grant('kms.Key', {
        Action: 'kms:*',
        Principal: {
          AWS: ['arn:aws:iam::123456789012:root', 'arn:aws:iam::123456789012:user/somebody'],
        },
        Resource: '*',
      }),
    'a key that a service may do anything with': (draft) =>
      draft.grant('kms.Key', {
        Action: ['kms:Decrypt', 'kms:*'],
        Principal: { Service: 'sns.amazonaws.com' },
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      }),
  },
  'kms-deletion-window': {
    'a key that is gone after a week': (draft) => draft.set('kms.Key', { deletionWindowInDays: 7 }),
  },
  'dynamodb-on-demand': {
    'a table with a fixed capacity': (draft) =>
      draft.set('dynamodb.Table', { billingMode: 'PROVISIONED' }),
  },
  'dynamodb-point-in-time-recovery': {
    'a table that cannot be restored': (draft) =>
      draft.set('dynamodb.Table', { pointInTimeRecovery: { enabled: false } }),
  },
  'dynamodb-deletion-protection': {
    'a table that can be deleted': (draft) =>
      draft.unset('dynamodb.Table', ['deletionProtectionEnabled']),
  },
  'dynamodb-ttl': {
    'a table without a TTL': (draft) => draft.unset('dynamodb.Table', ['ttl']),
    'a table whose TTL is off': (draft) =>
      draft.set('dynamodb.Table', { ttl: { attributeName: 'expires', enabled: false } }),
  },
  'dynamodb-encryption': {
    'a table that AWS has the key of': (draft) =>
      draft.set('dynamodb.Table', { serverSideEncryption: { enabled: true } }),
  },
  'data-protected': {
    'a bucket that Pulumi may delete': (draft) => {
      draft.the('s3.Bucket').options.protect = false;
    },
    'a key that Pulumi may delete': (draft) => {
      draft.the('kms.Key').options.protect = false;
    },
  },
  tagged: {
    'a provider that gives no tags': (draft) => {
      draft.provider.inputs.defaultTags = JSON.stringify({ tags: {} });
    },
    'a resource of the default provider': (draft) => {
      draft.the('sqs.Queue').options.provider = '';
    },
  },
  'alarm-tells-somebody': {
    'an alarm without actions': (draft) =>
      draft.set('cloudwatch.MetricAlarm', { alarmActions: [] }),
  },
  'alarm-on': {
    'an alarm that is switched off': (draft) =>
      draft.set('cloudwatch.MetricAlarm', { actionsEnabled: false }),
  },
  'logs-end': {
    'a log group without a retention': (draft) =>
      draft.unset('cloudwatch.LogGroup', ['retentionInDays']),
    'a log group that keeps everything': (draft) =>
      draft.set('cloudwatch.LogGroup', { retentionInDays: 0 }),
  },
  'logs-for-a-year': {
    'another log group, of 30 days': (draft) =>
      draft.add('aws:cloudwatch/logGroup:LogGroup', { retentionInDays: 30 }),
  },
  'logs-encryption': {
    'a log group that AWS has the key of': (draft) =>
      draft.unset('cloudwatch.LogGroup', ['kmsKeyId']),
  },
};
