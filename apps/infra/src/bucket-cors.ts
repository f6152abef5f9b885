import { bucketCorsRules } from '@file-upload/shared-types';
import * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';
import type { Deployment } from './deployment.ts';
import type { Storage } from './storage.ts';

/**
 * Lets pages upload straight into the bucket: those of the allowed origins, and the service's own,
 * whose origin is not that of the bucket.
 *
 * @param url what callers reach the service under: an origin, without a path
 */
export function makeBucketCors(
  name: string,
  { settings }: Deployment,
  { storage, url }: { storage: Storage; url: pulumi.Output<string> },
): void {
  const { allowedOrigins, protect } = settings;
  new aws.s3.BucketCorsConfiguration(
    `${name}-files-cors`,
    {
      bucket: storage.bucket.bucket,
      corsRules: bucketCorsRules([...allowedOrigins.split(','), url]),
    },
    { parent: storage, protect, retainOnDelete: protect },
  );
}
