import * as Type from 'typebox';
import type { Static } from 'typebox';

/**
 * What S3 tells EventBridge when an object comes into being: what starts the workflow. Keys are as
 * they are, not URL-encoded. Of what AWS sends, what the workflow reads.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export const ObjectCreated = Type.Object({
  id: Type.String(),
  source: Type.Literal('aws.s3'),
  'detail-type': Type.Literal('Object Created'),
  /** RFC 3339, UTC. */
  time: Type.String(),
  detail: Type.Object({
    bucket: Type.Object({ name: Type.String() }),
    object: Type.Object({
      key: Type.String({ minLength: 1 }),
      size: Type.Integer({ minimum: 0 }),
      /** Without quotes. */
      etag: Type.String(),
      'version-id': Type.Optional(Type.String()),
      /** Orders the events of one key, as hexadecimal numbers. */
      sequencer: Type.Optional(Type.String()),
    }),
    /** `PutObject`, `POST Object`, `CopyObject` or `CompleteMultipartUpload`. */
    reason: Type.Optional(Type.String()),
  }),
});
export type ObjectCreated = Static<typeof ObjectCreated>;
