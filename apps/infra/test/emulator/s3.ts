import {
  CreateBucketCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type BucketLocationConstraint,
  type BucketVersioningStatus,
  type ExpirationStatus,
  type ObjectOwnership,
  type ServerSideEncryption,
} from '@aws-sdk/client-s3';
import type * as aws from '@pulumi/aws';
import { physicalName, tagList, type Make } from './request.ts';

export const bucket: Make<aws.s3.BucketArgs> = async (request) => {
  const { inputs, region, tags } = request;
  const { s3 } = request.aws;
  const Bucket = inputs.bucket ?? physicalName(request, 63);
  await s3.send(
    new CreateBucketCommand({
      Bucket,
      // The region without a name of its own here: S3 refuses us-east-1.
      ...(region !== 'us-east-1' && {
        CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
      }),
    }),
  );
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tagList(tags) } }));
  return { id: Bucket, outputs: { bucket: Bucket, arn: `arn:aws:s3:::${Bucket}` } };
};

export const ownershipControls: Make<aws.s3.BucketOwnershipControlsArgs> = async (request) => {
  const { bucket: Bucket, rule } = request.inputs;
  await request.aws.s3.send(
    new PutBucketOwnershipControlsCommand({
      Bucket,
      OwnershipControls: {
        Rules: [{ ObjectOwnership: rule.objectOwnership as ObjectOwnership }],
      },
    }),
  );
  return { id: Bucket, outputs: {} };
};

export const publicAccessBlock: Make<aws.s3.BucketPublicAccessBlockArgs> = async (request) => {
  const { inputs } = request;
  await request.aws.s3.send(
    new PutPublicAccessBlockCommand({
      Bucket: inputs.bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: inputs.blockPublicAcls,
        IgnorePublicAcls: inputs.ignorePublicAcls,
        BlockPublicPolicy: inputs.blockPublicPolicy,
        RestrictPublicBuckets: inputs.restrictPublicBuckets,
      },
    }),
  );
  return { id: inputs.bucket, outputs: {} };
};

export const bucketPolicy: Make<aws.s3.BucketPolicyArgs> = async (request) => {
  const { bucket: Bucket, policy } = request.inputs;
  await request.aws.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policy as string }));
  return { id: Bucket, outputs: {} };
};

export const encryption: Make<aws.s3.BucketServerSideEncryptionConfigurationArgs> = async (
  request,
) => {
  const { bucket: Bucket, rules } = request.inputs;
  await request.aws.s3.send(
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: rules.map(({ applyServerSideEncryptionByDefault: applied }) => ({
          ApplyServerSideEncryptionByDefault: {
            SSEAlgorithm: applied?.sseAlgorithm as ServerSideEncryption,
          },
        })),
      },
    }),
  );
  return { id: Bucket, outputs: {} };
};

export const versioning: Make<aws.s3.BucketVersioningArgs> = async (request) => {
  const { bucket: Bucket, versioningConfiguration } = request.inputs;
  const Status = versioningConfiguration.status as BucketVersioningStatus;
  await request.aws.s3.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }),
  );
  return { id: Bucket, outputs: {} };
};

export const lifecycle: Make<aws.s3.BucketLifecycleConfigurationArgs> = async (request) => {
  const { bucket: Bucket, rules = [] } = request.inputs;
  await request.aws.s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: {
        Rules: rules.map((rule) => ({
          ID: rule.id,
          Status: rule.status as ExpirationStatus,
          Filter: { Prefix: rule.filter?.prefix },
          AbortIncompleteMultipartUpload: rule.abortIncompleteMultipartUpload && {
            DaysAfterInitiation: rule.abortIncompleteMultipartUpload.daysAfterInitiation,
          },
          NoncurrentVersionExpiration: rule.noncurrentVersionExpiration && {
            NoncurrentDays: rule.noncurrentVersionExpiration.noncurrentDays,
          },
          Expiration: rule.expiration && {
            ExpiredObjectDeleteMarker: rule.expiration.expiredObjectDeleteMarker,
          },
        })),
      },
    }),
  );
  return { id: Bucket, outputs: {} };
};

export const cors: Make<aws.s3.BucketCorsConfigurationArgs> = async (request) => {
  const { bucket: Bucket, corsRules } = request.inputs;
  await request.aws.s3.send(
    new PutBucketCorsCommand({
      Bucket,
      CORSConfiguration: {
        CORSRules: corsRules.map((rule) => ({
          AllowedOrigins: rule.allowedOrigins,
          AllowedMethods: rule.allowedMethods,
          AllowedHeaders: rule.allowedHeaders,
          ExposeHeaders: rule.exposeHeaders,
          MaxAgeSeconds: rule.maxAgeSeconds,
        })),
      },
    }),
  );
  return { id: Bucket, outputs: {} };
};

export const notification: Make<aws.s3.BucketNotificationArgs> = async (request) => {
  const { bucket: Bucket, eventbridge } = request.inputs;
  await request.aws.s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: eventbridge ? { EventBridgeConfiguration: {} } : {},
    }),
  );
  return { id: Bucket, outputs: {} };
};
