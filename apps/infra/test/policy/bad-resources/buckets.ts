import { LIMITS, PUBLIC_READ_TAG } from '@file-upload/shared-types';
import type { Changes, Draft } from '../draft.ts';

const OBJECTS = 'arn:aws:s3:::file-upload-test-files-a155749/*';
const LIFECYCLE = 's3.BucketLifecycleConfiguration';
const TAG = `s3:ExistingObjectTag/${PUBLIC_READ_TAG.key}`;
const TAGGED = { StringEquals: { [TAG]: PUBLIC_READ_TAG.value } };

/** @see https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-6 */
const ADMINISTRATION = [
  's3:DeleteBucketPolicy',
  's3:PutBucketAcl',
  's3:PutBucketPolic?',
  's3:PutEncryptionConfiguration',
  's3:PutObject*',
];

export const BUCKETS: Changes = {
  's3-no-acl': {
    'a bucket with a canned ACL': (draft) => draft.set('s3.Bucket', { acl: 'public-read' }),
    'a bucket with grants': (draft) =>
      draft.set('s3.Bucket', {
        grants: [
          { type: 'Group', permissions: ['READ'], uri: 'http://acs.amazonaws.com/groups/x' },
        ],
      }),
    'an ACL beside the bucket': (draft) =>
      draft.add('aws:s3/bucketAcl:BucketAcl', { acl: 'private' }),
  },
  's3-public-acls-blocked': {
    'public ACLs that are not refused': (draft) =>
      draft.set('s3.BucketPublicAccessBlock', { blockPublicAcls: false }),
    'public ACLs that are not ignored': (draft) =>
      draft.unset('s3.BucketPublicAccessBlock', ['ignorePublicAcls']),
  },
  's3-public-policies-blocked': {
    'another bucket with public policies': (draft) =>
      draft.add('aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock', {
        blockPublicAcls: true,
        ignorePublicAcls: true,
        blockPublicPolicy: true,
      }),
  },
  's3-no-public-read': {
    'another bucket that anybody may read': (draft) =>
      draft.add('aws:s3/bucketPolicy:BucketPolicy', {
        policy: JSON.stringify({
          Statement: [
            { Effect: 'Deny', Principal: '*', Action: 's3:PutObject' },
            { Effect: 'Allow', Principal: { AWS: ['x', '*'] }, Action: 's3:Get*' },
            { Effect: 'Allow', Principal: { AWS: 'x' }, Action: 's3:PutObject' },
          ],
        }),
      }),
    'another bucket that anybody may list': (draft) =>
      draft.add('aws:s3/bucketPolicy:BucketPolicy', {
        policy: JSON.stringify({
          Statement: { Effect: 'Allow', Principal: '*', Action: 's3:ListBucket' },
        }),
      }),
  },
  's3-public-read-of-tagged-objects': {
    'objects that anybody may do anything with but one thing': (draft) =>
      draft.rewrite('s3.BucketPolicy', () => [
        {
          Effect: 'Allow',
          Principal: '*',
          NotAction: 's3:PutObject',
          Resource: OBJECTS,
          Condition: TAGGED,
        },
      ]),
    'objects that anybody may get, tagged or not': (draft) =>
      draft.grant('s3.BucketPolicy', { Action: 's3:GetObject', Principal: '*', Resource: OBJECTS }),
    'tagged objects of which anybody may get more than the bytes': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: ['s3:GetObject', 's3:GetObjectTagging'],
        Principal: '*',
        Resource: OBJECTS,
        Condition: TAGGED,
      }),
    'private objects': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: 's3:GetObject',
        Principal: '*',
        Resource: OBJECTS,
        Condition: { StringEquals: { [TAG]: 'private' } },
      }),
    'public and private objects': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: 's3:GetObject',
        Principal: '*',
        Resource: OBJECTS,
        Condition: { StringEquals: { [TAG]: [PUBLIC_READ_TAG.value, 'private'] } },
      }),
    'objects with some other tag': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: 's3:GetObject',
        Principal: '*',
        Resource: OBJECTS,
        Condition: { StringEquals: { 's3:ExistingObjectTag/public': PUBLIC_READ_TAG.value } },
      }),
    'objects without the tag': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: 's3:GetObject',
        Principal: '*',
        Resource: OBJECTS,
        Condition: { StringNotEquals: TAGGED.StringEquals },
      }),
  },
  's3-no-public-write': {
    'a bucket that anybody may write': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: ['s3:GetObject', 's3:PutObject'],
        Principal: '*',
        Resource: OBJECTS,
        Condition: TAGGED,
      }),
    'a bucket that anybody may administer': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: 's3:*',
        Principal: { AWS: '*' },
        Resource: OBJECTS,
      }),
  },
  's3-administered-by-this-account': {
    ...Object.fromEntries(
      ADMINISTRATION.map((action) => [
        `a bucket that allows another account ${action}`,
        (draft: Draft) =>
          draft.grant('s3.BucketPolicy', {
            Action: ['s3:GetObject', action],
            Principal: { AWS: 'arn:aws:iam::210987654321:root' },
            Resource: OBJECTS,
          }),
      ]),
    ),
    'a bucket that a service may administer, and another account': (draft) =>
      draft.grant('s3.BucketPolicy', {
        Action: 's3:PutBucketPolicy',
        Principal: { Service: 's3.amazonaws.com', AWS: 'arn:aws:iam::210987654321:root' },
        Resource: OBJECTS,
      }),
  },
  's3-public-access-block': {
    'a bucket without a public access block': (draft) => draft.remove('s3.BucketPublicAccessBlock'),
    'a bucket with two': (draft) =>
      draft.add(
        'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
        { blockPublicAcls: true },
        { bucket: draft.the('s3.Bucket') },
      ),
    'another bucket, which has none': (draft) => draft.add('aws:s3/bucket:Bucket', {}),
  },
  's3-owner-enforced': {
    'a bucket without ownership controls': (draft) => draft.remove('s3.BucketOwnershipControls'),
    'a bucket whose objects belong to their writers': (draft) =>
      draft.set('s3.BucketOwnershipControls', { rule: { objectOwnership: 'ObjectWriter' } }),
  },
  's3-tls-only': {
    'a bucket without a policy': (draft) => draft.remove('s3.BucketPolicy'),
    'a bucket with two policies': (draft) =>
      draft.add(
        'aws:s3/bucketPolicy:BucketPolicy',
        { policy: '{}' },
        { bucket: draft.the('s3.Bucket') },
      ),
    'a policy that lets plain HTTP pass': (draft) =>
      draft.revoke('s3.BucketPolicy', 'RefusePlainHttp'),
    'a policy that refuses plain HTTP to the bucket, but not to its objects': (draft) =>
      draft.rewrite('s3.BucketPolicy', (statements) =>
        statements.map((statement) =>
          statement.Effect === 'Deny'
            ? { ...statement, Resource: OBJECTS.replace('/*', '') }
            : statement,
        ),
      ),
    'a policy that refuses HTTPS': (draft) =>
      draft.rewrite('s3.BucketPolicy', (statements) =>
        statements.map((statement) =>
          statement.Effect === 'Deny'
            ? { ...statement, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }
            : statement,
        ),
      ),
  },
  's3-policy-after-public-access-block': {
    'a policy that does not wait for the public access block': (draft) => {
      const block = draft.the('s3.BucketPublicAccessBlock').urn;
      const policy = draft.the('s3.BucketPolicy');
      policy.dependencies = policy.dependencies.filter((urn) => urn !== block);
    },
  },
  's3-not-emptied': {
    'a bucket that is emptied with the stack': (draft) =>
      draft.set('s3.Bucket', { forceDestroy: true }),
  },
  's3-encryption': {
    'a bucket that does not say how it encrypts': (draft) =>
      draft.remove('s3.BucketServerSideEncryptionConfiguration'),
    'a bucket that says it of nothing': (draft) =>
      draft.set('s3.BucketServerSideEncryptionConfiguration', { rules: [] }),
    'a bucket that encrypts with KMS': (draft) =>
      draft.set('s3.BucketServerSideEncryptionConfiguration', {
        rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms' } }],
      }),
  },
  's3-versioning': {
    'a bucket about whose versions nothing is said': (draft) => draft.remove('s3.BucketVersioning'),
    'a bucket that keeps no versions': (draft) =>
      draft.set('s3.BucketVersioning', { versioningConfiguration: { status: 'Suspended' } }),
  },
  's3-unfinished-uploads': {
    'a bucket without a lifecycle': (draft) => draft.remove(LIFECYCLE),
    'a bucket that keeps unfinished uploads for longer than they can be finished': (draft) =>
      draft.set(LIFECYCLE, {
        rules: [
          {
            id: 'a',
            status: 'Enabled',
            abortIncompleteMultipartUpload: { daysAfterInitiation: LIMITS.pendingDays + 1 },
          },
        ],
      }),
    'a rule for some of the objects': (draft) =>
      draft.set(LIFECYCLE, {
        rules: [
          {
            id: 'a',
            status: 'Enabled',
            filter: { prefix: 'some/' },
            abortIncompleteMultipartUpload: { daysAfterInitiation: LIMITS.pendingDays },
          },
        ],
      }),
  },
  's3-old-versions': {
    'a rule for objects with a tag': (draft) =>
      draft.set(LIFECYCLE, {
        rules: [
          {
            id: 'a',
            status: 'Enabled',
            filter: { tag: { key: 'old', value: 'true' } },
            noncurrentVersionExpiration: { noncurrentDays: 30 },
          },
        ],
      }),
    'a rule for a prefix that is given the old way': (draft) =>
      draft.set(LIFECYCLE, {
        rules: [
          {
            id: 'a',
            status: 'Enabled',
            prefix: 'some/',
            noncurrentVersionExpiration: { noncurrentDays: 30 },
          },
        ],
      }),
    'a bucket without a lifecycle': (draft) => draft.remove(LIFECYCLE),
    'a rule that is off': (draft) =>
      draft.set(LIFECYCLE, {
        rules: [
          { id: 'a', status: 'Disabled', noncurrentVersionExpiration: { noncurrentDays: 30 } },
        ],
      }),
    'a bucket that always keeps some old versions': (draft) =>
      draft.set(LIFECYCLE, {
        rules: [
          {
            id: 'a',
            status: 'Enabled',
            noncurrentVersionExpiration: { noncurrentDays: 30, newerNoncurrentVersions: 3 },
          },
        ],
      }),
  },
  's3-one-notification': {
    'a bucket that tells nobody': (draft) => draft.remove('s3.BucketNotification'),
    'a bucket that does not tell EventBridge': (draft) =>
      draft.set('s3.BucketNotification', { eventbridge: false }),
    'a second notification, which replaces the first': (draft) =>
      draft.add(
        'aws:s3/bucketNotification:BucketNotification',
        { eventbridge: true },
        { bucket: draft.the('s3.Bucket') },
      ),
  },
  's3-access-logs': {
    'another bucket, whose requests are not logged': (draft) =>
      draft.add('aws:s3/bucket:Bucket', {}),
  },
};
