import type { Changes } from '../draft.ts';

const OBJECTS = 'arn:aws:s3:::file-upload-test-files-a155749/*';
const trust = { name: '-function-role', property: 'assumeRolePolicy' };

export const ACCOUNTS: Changes = {
  'services-for-an-account': {
    'a role that a service assumes for anybody': (draft) =>
      draft.grant(
        'iam.Role',
        { Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
        trust,
      ),
    'a key that a service uses for anybody': (draft) =>
      draft.grant('kms.Key', {
        Action: 'kms:Decrypt',
        Principal: { AWS: 'arn:aws:iam::123456789012:root', Service: 'sns.amazonaws.com' },
        Resource: '*',
      }),
    'a queue for the events of any account': (draft) =>
      draft.grant('sqs.QueuePolicy', {
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: {
          ArnLike: { 'aws:SourceArn': ['arn:aws:events:us-east-1:123456789012:x', '*'] },
        },
      }),
    'a topic for whoever is not of an account': (draft) =>
      draft.grant('sns.TopicPolicy', {
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringNotEquals: { 'aws:SourceAccount': '123456789012' } },
      }),
    'a queue for the events of whatever bucket': (draft) =>
      draft.grant('sqs.QueuePolicy', {
        Action: 'sqs:SendMessage',
        Principal: { Service: 's3.amazonaws.com' },
        Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::*' } },
      }),
    'a queue for an ARN that has an account somewhere': (draft) =>
      draft.grant('sqs.QueuePolicy', {
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { StringLike: { 'aws:SourceArn': 'arn:aws:events:*:123456789012:rule/x' } },
      }),
    'a queue for whoever has an account of that beginning': (draft) =>
      draft.grant('sqs.QueuePolicy', {
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { StringLike: { 'aws:SourceAccount': '123456789012*' } },
      }),
  },
  'one-account': {
    'a queue for the events of another account': (draft) =>
      draft.grant('sqs.QueuePolicy', {
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': '999999999999' } },
      }),
    'a queue for the events of a rule of another account': (draft) =>
      draft.grant('sqs.QueuePolicy', {
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:events:us-east-1:999999999999:x' } },
      }),
    'a role that a service assumes for another account': (draft) =>
      draft.grant(
        'iam.Role',
        {
          Action: 'sts:AssumeRole',
          Principal: { Service: 'lambda.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': '999999999999' } },
        },
        trust,
      ),
    'a bucket that another account may read': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: 's3:GetObject',
        Principal: { AWS: 'arn:aws:iam::999999999999:role/reader' },
        Resource: OBJECTS,
      }),
    'a bucket that another account may read, by its number': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: 's3:GetObject',
        Principal: { AWS: ['123456789012', '999999999999'] },
        Resource: OBJECTS,
      }),
    'a bucket for who is of no account': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: 's3:GetObject',
        Principal: { Federated: 'accounts.example.com' },
        Resource: OBJECTS,
      }),
    'a key of two accounts': (draft) =>
      draft.grant('kms.Key', {
        Action: 'kms:*',
        Principal: { AWS: 'arn:aws:iam::999999999999:root' },
        Resource: '*',
      }),
    'a stack without a key, which could be for any account': (draft) => draft.remove('kms.Key'),
  },
};
