import type { PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { MetadataBearer, MiddlewareStack } from '@smithy/types';

/**
 * Leaves a body out of the request's signature. These requests carry a checksum that is signed and
 * that S3 verifies, so hashing the body once more with SHA-256 would only cost time.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html UNSIGNED-PAYLOAD
 */
export function withUnsignedPayload<T extends PutObjectCommand | UploadPartCommand>(command: T): T {
  const stack = command.middlewareStack as MiddlewareStack<object, MetadataBearer>;
  stack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
      return next(args);
    },
    { step: 'build', name: 'unsignedPayload' },
  );
  return command;
}
