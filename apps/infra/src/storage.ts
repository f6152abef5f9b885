import { LIMITS, METADATA_TABLE, PUBLIC_READ_TAG } from '@file-upload/shared-types';
import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { policyDocument, tlsOnly, type Statement } from './policy.ts';
import type { Deployment } from './deployment.ts';

/** What holds the files: the bucket, the table that indexes it, and the key of all but the bucket. */
export class Storage extends pulumi.ComponentResource {
  readonly key: aws.kms.Key;
  readonly bucket: aws.s3.Bucket;
  readonly table: aws.dynamodb.Table;

  constructor(name: string, deployment: Deployment, options?: pulumi.ComponentResourceOptions) {
    super('file-upload:Storage', name, {}, options);
    const { protect } = deployment.settings;
    // What is kept is kept as it is: versions, encryption and all.
    const data = { parent: this, protect, retainOnDelete: protect };

    this.key = new aws.kms.Key(
      `${name}-key`,
      {
        description: `The table, the topics and the logs of ${name}`,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: keyPolicy(deployment),
      },
      data,
    );
    new aws.kms.Alias(
      `${name}-key-alias`,
      { name: `alias/${name}`, targetKeyId: this.key.keyId },
      { parent: this },
    );

    const { bucketName } = deployment.settings;
    this.bucket = new aws.s3.Bucket(
      `${name}-files`,
      { ...(bucketName && { bucket: bucketName }), forceDestroy: !protect },
      data,
    );
    this.#setUpBucket(name, deployment, data);

    const { partitionKey, ownerIndex, ttlAttribute } = METADATA_TABLE;
    this.table = new aws.dynamodb.Table(
      `${name}-metadata`,
      {
        billingMode: 'PAY_PER_REQUEST',
        hashKey: partitionKey,
        attributes: [partitionKey, ownerIndex.partitionKey, ownerIndex.sortKey].map(
          (attribute) => ({ name: attribute, type: 'S' }),
        ),
        globalSecondaryIndexes: [
          {
            name: ownerIndex.name,
            hashKey: ownerIndex.partitionKey,
            rangeKey: ownerIndex.sortKey,
            projectionType: 'ALL',
          },
        ],
        ttl: { attributeName: ttlAttribute, enabled: true },
        pointInTimeRecovery: { enabled: true },
        serverSideEncryption: { enabled: true, kmsKeyArn: this.key.arn },
        deletionProtectionEnabled: protect,
      },
      data,
    );
    this.registerOutputs({});
  }

  #setUpBucket(name: string, { settings }: Deployment, data: pulumi.CustomResourceOptions): void {
    const { publicRead } = settings;
    const bucket = this.bucket.bucket;

    new aws.s3.BucketOwnershipControls(
      `${name}-files-ownership`,
      { bucket, rule: { objectOwnership: 'BucketOwnerEnforced' } },
      data,
    );
    const publicAccess = new aws.s3.BucketPublicAccessBlock(
      `${name}-files-public-access`,
      {
        bucket,
        blockPublicAcls: true,
        ignorePublicAcls: true,
        blockPublicPolicy: !publicRead,
        restrictPublicBuckets: !publicRead,
      },
      data,
    );
    // An anonymous reader could not use a key of KMS.
    new aws.s3.BucketServerSideEncryptionConfiguration(
      `${name}-files-encryption`,
      { bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }] },
      data,
    );
    const versioning = new aws.s3.BucketVersioning(
      `${name}-files-versioning`,
      { bucket, versioningConfiguration: { status: 'Enabled' } },
      data,
    );
    const lifecycle = new aws.s3.BucketLifecycleConfiguration(
      `${name}-files-lifecycle`,
      {
        bucket,
        rules: [
          {
            id: 'unfinished-uploads',
            status: 'Enabled',
            filter: { prefix: '' },
            abortIncompleteMultipartUpload: { daysAfterInitiation: LIMITS.pendingDays },
          },
          {
            id: 'deleted-files',
            status: 'Enabled',
            filter: { prefix: '' },
            noncurrentVersionExpiration: { noncurrentDays: 30 },
            expiration: { expiredObjectDeleteMarker: true },
          },
        ],
      },
      { ...data, dependsOn: versioning },
    );
    new aws.s3.BucketPolicy(
      `${name}-files-policy`,
      { bucket, policy: policyDocument(bucketStatements(this.bucket.arn, publicRead)) },
      // S3 refuses a public policy for as long as public policies are blocked, which is a while
      // longer than until the block is said to be changed: the lifecycle takes its time.
      { ...data, dependsOn: [publicAccess, lifecycle] },
    );
    new aws.s3.BucketNotification(`${name}-files-events`, { bucket, eventbridge: true }, data);
  }
}

function bucketStatements(arn: pulumi.Output<string>, publicRead: boolean): Statement[] {
  const objects = pulumi.interpolate`${arn}/*`;
  const readPublicFiles: Statement = {
    Sid: 'ReadPublicFiles',
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: objects,
    Condition: {
      StringEquals: { [`s3:ExistingObjectTag/${PUBLIC_READ_TAG.key}`]: PUBLIC_READ_TAG.value },
    },
  };
  return [tlsOnly('s3:*', [arn, objects]), ...(publicRead ? [readPublicFiles] : [])];
}

/**
 * The account's own policies say which of its roles use the key; services use it for the resources
 * of this stack or account.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
function keyPolicy({ region, accountId, logs }: Deployment): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: 'AccountPolicies',
      Effect: 'Allow',
      Principal: { AWS: pulumi.interpolate`arn:aws:iam::${accountId}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
    {
      Sid: 'EncryptLogs',
      Effect: 'Allow',
      Principal: { Service: `logs.${region}.amazonaws.com` },
      Action: [
        'kms:Encrypt',
        'kms:Decrypt',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
        'kms:GenerateDataKey',
      ],
      Resource: '*',
      Condition: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': pulumi.interpolate`arn:aws:logs:${region}:${accountId}:log-group:${logs}/*`,
        },
      },
    },
    {
      Sid: 'PublishAlarms',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
    },
  ]);
}
