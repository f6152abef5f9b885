import { LIMITS } from '@file-upload/shared-types';
import { referrersOf, resourceRule, stackRule, type Member } from '../rule.ts';

const BUCKET = 'aws:s3/bucket:Bucket';
const LIFECYCLE = 'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration';

/** The lifecycle rules of a bucket that hold for all of its objects. */
function lifecycle(stack: Member[], bucket: Member) {
  return referrersOf(stack, LIFECYCLE, 'bucket', bucket)
    .flatMap(({ props }) => props.rules ?? [])
    .filter(({ status, filter, prefix }) => {
      const { tag, and, objectSizeGreaterThan, objectSizeLessThan } = filter ?? {};
      const limits = [tag, and, objectSizeGreaterThan, objectSizeLessThan];
      return (
        status === 'Enabled' &&
        !prefix &&
        !filter?.prefix &&
        limits.every((limit) => limit === undefined)
      );
    });
}

/** What buckets hold, and for how long. */
export const resourceRules = [
  resourceRule({
    name: 's3-not-emptied',
    description: 'A bucket that holds files cannot be destroyed.',
    types: [BUCKET],
    check: ({ forceDestroy }) =>
      forceDestroy ? 'Destroying it deletes the files that it holds.' : undefined,
  }),
];

export const stackRules = [
  stackRule({
    name: 's3-encryption',
    description: 'Each bucket encrypts with keys of S3, since anonymous readers can use no others.',
    type: BUCKET,
    check: (bucket, stack) =>
      referrersOf(
        stack,
        'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration',
        'bucket',
        bucket,
      )
        .flatMap(({ props }) => props.rules ?? [])
        .map((rule) => rule.applyServerSideEncryptionByDefault?.sseAlgorithm)
        .join() === 'AES256'
        ? undefined
        : 'It does not say that S3 encrypts with AES256.',
  }),
  stackRule({
    name: 's3-versioning',
    description: 'Each bucket keeps what is overwritten and deleted.',
    controls: ['S3.14'],
    type: BUCKET,
    check: (bucket, stack) =>
      referrersOf(stack, 'aws:s3/bucketVersioning:BucketVersioning', 'bucket', bucket).some(
        ({ props }) => props.versioningConfiguration?.status === 'Enabled',
      )
        ? undefined
        : 'It keeps no versions.',
  }),
  stackRule({
    name: 's3-unfinished-uploads',
    description: 'Each bucket forgets multipart uploads when they can no longer be finished.',
    controls: ['S3.13'],
    type: BUCKET,
    check: (bucket, stack) =>
      lifecycle(stack, bucket).some(
        ({ abortIncompleteMultipartUpload: abort }) =>
          abort?.daysAfterInitiation === LIMITS.pendingDays,
      )
        ? undefined
        : 'It keeps the parts of uploads that were given up.',
  }),
  stackRule({
    name: 's3-old-versions',
    description: 'Each bucket forgets old versions after 30 days.',
    controls: ['S3.10', 'S3.13'],
    type: BUCKET,
    check: (bucket, stack) =>
      lifecycle(stack, bucket).some(
        ({ noncurrentVersionExpiration: old }) =>
          old?.noncurrentDays === 30 && !old.newerNoncurrentVersions,
      )
        ? undefined
        : 'It does not forget old versions after 30 days.',
  }),
  stackRule({
    name: 's3-one-notification',
    description: 'Each bucket tells EventBridge, by one notification: a second replaces the first.',
    controls: ['S3.11'],
    type: BUCKET,
    check: (bucket, stack) => {
      const told = referrersOf(
        stack,
        'aws:s3/bucketNotification:BucketNotification',
        'bucket',
        bucket,
      );
      return told.length === 1 && told[0]?.props.eventbridge
        ? undefined
        : 'It does not tell EventBridge, or has several notifications.';
    },
  }),
  stackRule({
    name: 's3-access-logs',
    description: 'Each bucket has its requests logged.',
    controls: ['S3.9'],
    type: BUCKET,
    check: (bucket, stack) =>
      referrersOf(stack, 'aws:s3/bucketLogging:BucketLogging', 'bucket', bucket).length > 0
        ? undefined
        : 'Its requests are not logged.',
  }),
];
