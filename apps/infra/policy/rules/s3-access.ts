import { PUBLIC_READ_TAG } from '@file-upload/shared-types';
import {
  covers,
  grantsOf,
  isForAnybody,
  refusesPlainHttp,
  type Statement,
} from '../policy-document.ts';
import { referrersOf, resourceRule, stackRule } from '../rule.ts';

const BUCKET = 'aws:s3/bucket:Bucket';
const BUCKET_POLICY = 'aws:s3/bucketPolicy:BucketPolicy';
const PUBLIC_ACCESS_BLOCK = 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock';

const PUBLIC_TAG_KEY = `s3:existingobjecttag/${PUBLIC_READ_TAG.key}`.toLowerCase();

/** Actions that S3.6 wants kept from other accounts. */
const KEPT_FROM_OTHERS = [
  's3:deletebucketpolicy',
  's3:putbucketacl',
  's3:putbucketpolicy',
  's3:putencryptionconfiguration',
  's3:putobjectacl',
];

function isRead({ actions, negated }: Statement): boolean {
  return negated.length === 0 && actions.every((action) => /^s3:(get|list)/.test(action));
}

function mayRead(statement: Statement): boolean {
  return ['s3:getobject', 's3:listbucket'].some((action) => covers(statement, action));
}

/** Who gets at buckets. */
export const resourceRules = [
  resourceRule({
    name: 's3-no-acl',
    description: 'Access to a bucket is granted by policies and not by ACLs, which S3 refuses.',
    controls: ['S3.12'],
    types: [BUCKET, 'aws:s3/bucketAcl:BucketAcl'],
    check: (props, { type }) =>
      type !== BUCKET || props.acl !== undefined || 'grants' in props
        ? 'It has an ACL.'
        : undefined,
  }),
  resourceRule({
    name: 's3-public-acls-blocked',
    description: 'A public access block refuses and ignores public ACLs.',
    controls: ['S3.8'],
    types: [PUBLIC_ACCESS_BLOCK],
    check: ({ blockPublicAcls, ignorePublicAcls }) =>
      blockPublicAcls && ignorePublicAcls ? undefined : 'Public ACLs are let through.',
  }),
  resourceRule({
    name: 's3-public-policies-blocked',
    description: 'A public access block refuses public policies, and whom they let in.',
    controls: ['S3.8'],
    types: [PUBLIC_ACCESS_BLOCK],
    check: ({ blockPublicPolicy, restrictPublicBuckets }) =>
      blockPublicPolicy && restrictPublicBuckets ? undefined : 'Public policies are let through.',
  }),
  resourceRule({
    name: 's3-no-public-read',
    description: 'A bucket policy lets nobody in particular read nothing.',
    controls: ['S3.2'],
    types: [BUCKET_POLICY],
    check: ({ policy }) =>
      grantsOf(policy).some((grant) => isForAnybody(grant) && mayRead(grant))
        ? 'Anybody may read.'
        : undefined,
  }),
  resourceRule({
    name: 's3-public-read-of-tagged-objects',
    description:
      'What anybody may do with a bucket is get objects that carry the tag of public files.',
    types: [BUCKET_POLICY],
    check: ({ policy }) =>
      grantsOf(policy)
        .filter(isForAnybody)
        .every(
          ({ actions, negated, conditions }) =>
            negated.length === 0 &&
            actions.join() === 's3:getobject' &&
            conditions.some(
              ({ operator, key, values }) =>
                operator === 'StringEquals' &&
                key === PUBLIC_TAG_KEY &&
                values.join() === PUBLIC_READ_TAG.value,
            ),
        )
        ? undefined
        : 'Anybody may do more than get public files.',
  }),
  resourceRule({
    name: 's3-no-public-write',
    description: 'A bucket policy lets nobody in particular write or administer.',
    controls: ['S3.3'],
    types: [BUCKET_POLICY],
    check: ({ policy }) =>
      grantsOf(policy).some((grant) => isForAnybody(grant) && !isRead(grant))
        ? 'Anybody may do more than read.'
        : undefined,
  }),
  resourceRule({
    name: 's3-administered-by-this-account',
    description: "A bucket policy grants no account the bucket's policy, ACLs or encryption.",
    controls: ['S3.6'],
    types: [BUCKET_POLICY],
    check: ({ policy }) =>
      grantsOf(policy).some(
        (grant) =>
          grant.principals.some(({ kind }) => kind === 'AWS') &&
          KEPT_FROM_OTHERS.some((action) => covers(grant, action)),
      )
        ? 'Another account may administer the bucket.'
        : undefined,
  }),
];

export const stackRules = [
  stackRule({
    name: 's3-public-access-block',
    description: 'Each bucket has one public access block.',
    controls: ['S3.8'],
    type: BUCKET,
    check: (bucket, stack) =>
      referrersOf(stack, PUBLIC_ACCESS_BLOCK, 'bucket', bucket).length === 1
        ? undefined
        : 'It has none, or several.',
  }),
  stackRule({
    name: 's3-owner-enforced',
    description: 'The owner of each bucket owns its objects, which turns ACLs off.',
    controls: ['S3.12'],
    type: BUCKET,
    check: (bucket, stack) =>
      referrersOf(
        stack,
        'aws:s3/bucketOwnershipControls:BucketOwnershipControls',
        'bucket',
        bucket,
      ).some(({ props }) => props.rule?.objectOwnership === 'BucketOwnerEnforced')
        ? undefined
        : 'ACLs are not turned off by BucketOwnerEnforced.',
  }),
  stackRule({
    name: 's3-tls-only',
    description: 'Each bucket has one policy, and it refuses plain HTTP.',
    controls: ['S3.5'],
    type: BUCKET,
    check: (bucket, stack) => {
      const [first, ...others] = referrersOf(stack, BUCKET_POLICY, 'bucket', bucket);
      if (!first || others.length > 0) return 'It has no policy, or several of which one is kept.';
      return [/[^*]$/, /\/\*$/].every((resource) =>
        refusesPlainHttp(first.props.policy, 's3:*', resource),
      )
        ? undefined
        : 'Its policy does not refuse plain HTTP to the bucket and to its objects.';
    },
  }),
  stackRule({
    name: 's3-policy-after-public-access-block',
    description: 'A bucket policy is set after the public access block, which could refuse it.',
    type: BUCKET,
    check: (bucket, stack) => {
      const blocks = referrersOf(stack, PUBLIC_ACCESS_BLOCK, 'bucket', bucket);
      return referrersOf(stack, BUCKET_POLICY, 'bucket', bucket).every(({ dependencies }) =>
        blocks.every(({ urn }) => dependencies.includes(urn)),
      )
        ? undefined
        : 'Its policy does not depend on its public access block.';
    },
  }),
];
