import { isGiven, resourceRule } from '../rule.ts';

const types = ['aws:dynamodb/table:Table'] as const;

/** Tables. */
export const resourceRules = [
  resourceRule({
    name: 'dynamodb-on-demand',
    description: 'A table is paid by request, which scales by itself.',
    controls: ['DynamoDB.1'],
    types,
    check: ({ billingMode }) =>
      billingMode === 'PAY_PER_REQUEST' ? undefined : 'Its capacity is fixed.',
  }),
  resourceRule({
    name: 'dynamodb-point-in-time-recovery',
    description: 'A table can be restored to any second of the last weeks.',
    controls: ['DynamoDB.2'],
    types,
    check: ({ pointInTimeRecovery }) =>
      pointInTimeRecovery?.enabled ? undefined : 'It cannot be restored.',
  }),
  resourceRule({
    name: 'dynamodb-deletion-protection',
    description: 'A table cannot be deleted by accident.',
    controls: ['DynamoDB.6'],
    types,
    check: ({ deletionProtectionEnabled }) =>
      deletionProtectionEnabled ? undefined : 'It can be deleted.',
  }),
  resourceRule({
    name: 'dynamodb-ttl',
    description: 'A table forgets items when their time is up.',
    types,
    check: ({ ttl }) =>
      ttl?.enabled && ttl.attributeName ? undefined : 'Its items stay for ever.',
  }),
  resourceRule({
    name: 'dynamodb-encryption',
    description: 'A table is encrypted with a key of this account.',
    types,
    check: ({ serverSideEncryption }) =>
      serverSideEncryption?.enabled && isGiven(serverSideEncryption, 'kmsKeyArn')
        ? undefined
        : 'It is encrypted with a key of AWS.',
  }),
];
