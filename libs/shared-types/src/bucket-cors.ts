/** What pages of some origins may do with the bucket, in the words of S3's `CORSRule`. */
export interface BucketCorsRule<Origin> {
  allowedOrigins: Origin[];
  allowedMethods: string[];
  allowedHeaders: string[];
  exposeHeaders: string[];
  maxAgeSeconds: number;
}

/** What a client learns of an upload from the store's answers. */
const EXPOSED = [
  'ETag',
  'Location',
  'x-amz-checksum-crc32',
  'x-amz-checksum-crc64nvme',
  'x-amz-checksum-sha256',
];

/**
 * The CORS rules of the bucket, locally and deployed: pages of these origins may upload.
 *
 * @param origins as browsers send them; `*` among them is all there are
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html
 */
export function bucketCorsRules<Origin>(origins: Origin[]): BucketCorsRule<Origin | '*'>[] {
  const uploading = origins.some((origin) => origin === '*') ? (['*'] as const) : origins;
  const shared = { allowedHeaders: ['*'], exposeHeaders: EXPOSED, maxAgeSeconds: 3000 };
  return [
    // Who has a signed URL may read. A page that the API sent here with a redirect has the
    // origin `null`: https://fetch.spec.whatwg.org/#http-redirect-fetch
    { ...shared, allowedOrigins: ['*'], allowedMethods: ['GET', 'HEAD'] },
    { ...shared, allowedOrigins: [...uploading], allowedMethods: ['PUT', 'POST'] },
  ];
}
