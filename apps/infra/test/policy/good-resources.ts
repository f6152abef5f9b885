import { LIMITS } from '@file-upload/shared-types';
import type { Changes } from './draft.ts';

const OBJECTS = 'arn:aws:s3:::file-upload-test-files-a155749/*';
const READER = { AWS: 'arn:aws:iam::123456789012:role/reader' };

/** What rules let pass although it is near to what they catch. */
export const GOOD_RESOURCES: Changes = {
  'events-dead-letter-grant': {
    'a queue that other services are let into as well': (draft) =>
      draft.rewrite('sqs.QueuePolicy', (statements) =>
        statements.map((statement) =>
          statement.Effect === 'Allow'
            ? { ...statement, Principal: { Service: ['a.amazonaws.com', 'events.amazonaws.com'] } }
            : statement,
        ),
      ),
  },
  's3-no-public-read': {
    'another bucket that somebody in particular may read': (draft) =>
      draft.add('aws:s3/bucketPolicy:BucketPolicy', {
        policy: JSON.stringify({
          Statement: [{ Effect: 'Allow', Principal: READER, Action: 's3:GetObject' }],
        }),
      }),
  },
  's3-public-read-of-tagged-objects': {
    'a bucket that somebody in particular may write': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: 's3:PutObject',
        Principal: READER,
        Resource: OBJECTS,
      }),
  },
  's3-no-public-write': {
    'a bucket that somebody in particular may write': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: 's3:PutObject',
        Principal: READER,
        Resource: OBJECTS,
      }),
  },
  's3-administered-by-this-account': {
    'a bucket that somebody in particular may write': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: 's3:PutObject',
        Principal: READER,
        Resource: OBJECTS,
      }),
  },
  's3-access-logs': {
    'another bucket whose requests are logged': (draft) => {
      const bucket = draft.add('aws:s3/bucket:Bucket', {});
      draft.add('aws:s3/bucketLogging:BucketLogging', {}, { bucket });
    },
  },
  's3-unfinished-uploads': {
    'a lifecycle rule without a filter': (draft) =>
      draft.set('s3.BucketLifecycleConfiguration', {
        rules: [
          {
            id: 'a',
            status: 'Enabled',
            abortIncompleteMultipartUpload: { daysAfterInitiation: LIMITS.pendingDays },
          },
        ],
      }),
  },
  'one-account': {
    'a bucket that somebody of the account may read': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: 's3:GetObject',
        Principal: READER,
        Resource: OBJECTS,
      }),
  },
  'services-for-an-account': {
    'a queue for a bucket of the account': (draft) =>
      draft.grant('sqs.QueuePolicy', {
        Action: 'sqs:SendMessage',
        Principal: { Service: 's3.amazonaws.com' },
        Condition: {
          ArnEquals: { 'aws:SourceArn': OBJECTS.replace('/*', '') },
          StringEquals: { 'aws:SourceAccount': '123456789012' },
        },
      }),
  },
  'iam-named-resources': {
    'actions on some objects of one bucket': (draft) =>
      draft.grant('iam.RolePolicy', {
        Action: 's3:GetObject',
        Resource: OBJECTS.replace('*', 'public/a*'),
      }),
    'actions on objects of one bucket': (draft) =>
      draft.grant('iam.RolePolicy', { Action: 's3:GetObject', Resource: OBJECTS }),
  },
  'iam-own-policies': {
    'a policy of the account that is attached': (draft) =>
      draft.add('aws:iam/rolePolicyAttachment:RolePolicyAttachment', {
        policyArn: 'arn:aws:iam::123456789012:policy/mine',
      }),
  },
  'lambda-not-public': {
    'a function that a service may call for an account': (draft) => {
      draft.unset('lambda.Permission', ['sourceArn']);
      draft.set('lambda.Permission', { sourceAccount: '123456789012' });
    },
    'a function with an address for those that sign in': (draft) =>
      draft.add('aws:lambda/functionUrl:FunctionUrl', { authorizationType: 'AWS_IAM' }),
  },
  'logs-for-a-year': {
    'a log group of 365 days': (draft) =>
      draft.add('aws:cloudwatch/logGroup:LogGroup', { retentionInDays: 365 }),
    'a log group that keeps everything': (draft) =>
      draft.add('aws:cloudwatch/logGroup:LogGroup', { retentionInDays: 0 }),
  },
  'api-authorization': {
    'a route for those that sign in': (draft) =>
      draft.add('aws:apigatewayv2/route:Route', { authorizationType: 'JWT' }),
  },
  'sns-encryption': {
    'a topic with a key by its alias': (draft) =>
      draft.set('sns.Topic', { kmsMasterKeyId: 'alias/mine' }),
  },
  'sqs-encryption': {
    'a queue with a key of the account': (draft) => {
      draft.unset('sqs.Queue', ['sqsManagedSseEnabled']);
      draft.set('sqs.Queue', { kmsMasterKeyId: 'alias/mine' });
    },
  },
  'kms-deletion-window': {
    'a key about whose deletion nothing is said': (draft) =>
      draft.unset('kms.Key', ['deletionWindowInDays']),
  },
  tagged: {
    'a provider whose tags are JSON, as they reach it': (draft) => {
      draft.provider.inputs.defaultTags = JSON.stringify({ tags: { Project: 'x' } });
    },
  },
};
