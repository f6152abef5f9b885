import type { Changes, Draft } from '../draft.ts';

const OBJECTS = 'arn:aws:s3:::file-upload-test-files-a155749/*';
const role = { name: '-function-policy' };
const trust = { name: '-function-role', property: 'assumeRolePolicy' };

export const ACCESS: Changes = {
  'iam-no-administrator': {
    'a role that may do everything': (draft) =>
      draft.grant('iam.RolePolicy', { Action: '*', Resource: '*' }),
    'a bucket policy that allows everything': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: ['s3:GetObject', '*'],
        Principal: { AWS: 'arn:aws:iam::123456789012:role/reader' },
        Resource: OBJECTS,
      }),
  },
  'iam-no-whole-service': {
    'a role that may do anything with S3': (draft) =>
      draft.grant('iam.RolePolicy', { Action: ['s3:GetObject', 'S3:*'], Resource: OBJECTS }, role),
    'a managed policy that allows all of DynamoDB': (draft) =>
      draft.add('aws:iam/policy:Policy', {
        policy: JSON.stringify({
          Statement: { Effect: 'Allow', Action: 'dynamodb:*', Resource: OBJECTS },
        }),
      }),
  },
  'iam-named-resources': {
    'a role that may read every bucket': (draft) =>
      draft.grant('iam.RolePolicy', { Action: 's3:GetObject', Resource: [OBJECTS, '*'] }, role),
    'a role whose resource is an ARN of wildcards': (draft) =>
      draft.grant('iam.RolePolicy', { Action: 'sqs:SendMessage', Resource: 'arn:*:*:*:*:*' }, role),
    ...Object.fromEntries(
      [
        ['s3:GetObject', 'arn:aws:s3:::*'],
        ['s3:GetObject', 'arn:aws:s3:::*/*'],
        ['s3:GetObject', 'arn:aws:s3:::file-upload-?/*'],
        ['s3:GetObject', 'arn:aws:s3:::file-*/public/*'],
        ['dynamodb:GetItem', 'arn:aws:dynamodb:*:*:table/*'],
        ['dynamodb:GetItem', 'arn:aws:dynamodb:us-east-1:*:table/files'],
        ['dynamodb:GetItem', 'arn:aws:dynamodb:us-east-1:123456789012:table/file-*'],
        ['lambda:InvokeFunction', 'arn:aws:lambda:us-east-1:123456789012:*'],
        ['lambda:InvokeFunction', 'arn:aws:lambda:us-east-1:123456789012:function:*'],
        ['iam:PassRole', 'arn:aws:iam::123456789012:role/*'],
        ['iam:PassRole', 'arn:aws:iam::123456789012:role/service-role/*'],
        ['logs:PutLogEvents', 'arn:aws:logs:us-east-1:123456789012:log-group:*'],
        ['logs:PutLogEvents', 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/*:*'],
      ].map(([action = '', resource = '']) => [
        `a role that may ${action} on ${resource}`,
        (draft: Draft) =>
          draft.grant('iam.RolePolicy', { Action: action, Resource: resource }, role),
      ]),
    ),
    'an action among those that know no resources': (draft) =>
      draft.grant(
        'iam.RolePolicy',
        { Action: ['xray:PutTraceSegments', 'xray:GetTraceSummaries'], Resource: ['*'] },
        role,
      ),
  },
  'iam-no-negation': {
    'a role that may do all but one thing': (draft) =>
      draft.rewrite('iam.RolePolicy', (statements) => [
        ...statements,
        { Effect: 'Allow', NotAction: 'iam:CreateUser', Resource: OBJECTS },
      ]),
    'a key for all but one principal': (draft) =>
      draft.grant('kms.Key', {
        Action: 'kms:Decrypt',
        NotPrincipal: { AWS: 'arn:aws:iam::123456789012:user/x' },
        Resource: '*',
      }),
  },
  'iam-named-keys': {
    'a role that may decrypt with every key': (draft) =>
      draft.grant(
        'iam.RolePolicy',
        { Action: 'kms:Decrypt', Resource: ['arn:aws:kms:us-east-1:123456789012:key/1', '*'] },
        role,
      ),
    'a role that may encrypt anew from every key': (draft) =>
      draft.grant('iam.RolePolicy', { Action: 'kms:ReEncryptFrom', Resource: '*' }, role),
    'a role that may do everything but one thing': (draft) =>
      draft.rewrite(
        'iam.RolePolicy',
        (statements) => [
          ...statements,
          { Effect: 'Allow', NotAction: 'iam:CreateUser', Resource: '*' },
        ],
        role,
      ),
    'a role that may decrypt with every key of the account': (draft) =>
      draft.grant(
        'iam.RolePolicy',
        { Action: 'kms:*Decrypt*', Resource: 'arn:aws:kms:us-east-1:123456789012:key/*' },
        role,
      ),
  },
  'iam-assumed-by-services': {
    'a role for anybody': (draft) =>
      draft.grant('iam.Role', { Action: 'sts:AssumeRole', Principal: '*' }, trust),
    'a role for another account': (draft) =>
      draft.grant(
        'iam.Role',
        {
          Action: 'sts:AssumeRole',
          Principal: {
            Service: 'lambda.amazonaws.com',
            AWS: 'arn:aws:iam::210987654321:root',
          },
        },
        trust,
      ),
  },
  'iam-own-policies': {
    'a role with a policy of AWS attached': (draft) =>
      draft.add('aws:iam/rolePolicyAttachment:RolePolicyAttachment', {
        policyArn: 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
      }),
    'a role that names a policy of AWS': (draft) =>
      draft.set('iam.Role', { managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }),
  },
};
