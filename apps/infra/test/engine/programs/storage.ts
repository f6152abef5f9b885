import * as aws from '@pulumi/aws';

const bucket = new aws.s3.Bucket('files');
new aws.s3.BucketPolicy('policy', { bucket: bucket.bucket, policy: bucket.arn });

export const bucketName = bucket.bucket;
