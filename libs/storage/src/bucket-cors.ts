import { PutBucketCorsCommand, type S3Client } from '@aws-sdk/client-s3';
import { bucketCorsRules } from '@file-upload/shared-types';
import { translated } from './errors.ts';

/**
 * Lets pages of these origins upload straight into the bucket, and no others. On AWS the deployment
 * does it; this is for stores that start empty.
 *
 * @param origins `*` or origins as browsers send them
 */
export async function allowUploadsFrom(
  s3: S3Client,
  bucket: string,
  origins: string[],
): Promise<void> {
  const CORSRules = bucketCorsRules(origins).map((rule) => ({
    AllowedOrigins: rule.allowedOrigins,
    AllowedMethods: rule.allowedMethods,
    AllowedHeaders: rule.allowedHeaders,
    ExposeHeaders: rule.exposeHeaders,
    MaxAgeSeconds: rule.maxAgeSeconds,
  }));
  await translated(
    s3.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules } })),
  );
}
