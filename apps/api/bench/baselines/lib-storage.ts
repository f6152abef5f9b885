/** Puts a file into S3 as a bare script does: `Upload` of `@aws-sdk/lib-storage`, as it comes. */
import { createReadStream } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Backend } from '../backend.ts';

const { s3Endpoint, region, credentials, bucket } = JSON.parse(process.argv[2] ?? '') as Backend;
const client = new S3Client({ endpoint: s3Endpoint, region, credentials, forcePathStyle: true });

process.on('message', ({ path, key }: { path: string; key: string }) => {
  const params = { Bucket: bucket, Key: key, Body: createReadStream(path) };
  void new Upload({ client, params }).done().then(() => process.send?.({}));
});
process.send?.({});
