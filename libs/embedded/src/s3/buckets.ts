import { S3Error } from './errors.ts';
import { REGION } from './authenticate.ts';
import { OWNER } from './list-objects.ts';
import { isoDate, reply, replyXml } from './reply.ts';
import { collectBody, openRequestBody } from './request-body.ts';
import { headerOf } from './request.ts';
import { requireBucket, type Call, type Store } from './store.ts';
import { readXml } from './xml.ts';

const MAX_BODY_BYTES = 64 * 1024;
const MAX_BUCKETS = 10_000;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export async function listBuckets({ store, response }: Call): Promise<void> {
  const buckets = await store.index.buckets();
  replyXml(response, 'ListAllMyBucketsResult', {
    Buckets: {
      Bucket: buckets.map(({ name, createdAt }) => ({
        Name: name,
        CreationDate: isoDate(createdAt),
        BucketRegion: REGION,
      })),
    },
    Owner: OWNER,
  });
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export async function createBucket(call: Call): Promise<void> {
  const { store, request, response } = call;
  const name = request.bucket;
  requireBucketName(name);
  const hasBody = Number(headerOf(request.http, 'content-length') ?? 0) > 0;
  if (hasBody) {
    const xml = (await collectBody(openRequestBody(call), MAX_BODY_BYTES)).toString();
    requireConfiguration(xml);
  }
  await store.locks.run(`bucket:${name}`, async () => {
    // us-east-1 answers its owner 200 for a bucket that is there already.
    if (store.index.bucket(name)) return;
    if ((await store.index.buckets()).length >= MAX_BUCKETS) throw new S3Error('TooManyBuckets');
    await store.index.commit([store.index.putBucket(name, { createdAt: Date.now() })]);
  });
  reply(response, 200, { location: `/${name}` });
}

function requireConfiguration(xml: string): void {
  const configuration = readXml(xml, 'CreateBucketConfiguration');
  if (configuration.names().some((name) => name !== 'LocationConstraint')) {
    throw new S3Error('NotImplemented');
  }
  const location = configuration.text('LocationConstraint')?.trim() ?? '';
  if (location !== '' && location !== REGION) throw new S3Error('InvalidLocationConstraint');
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function requireBucketName(name: string): void {
  const valid =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !/^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/.test(name) &&
    !/^(xn--|sthree-|amzn-s3-demo-)/.test(name) &&
    !/(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name);
  if (!valid) throw new S3Error('InvalidBucketName', undefined, { BucketName: name });
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export function headBucket({ store, request, response }: Call): void {
  requireBucket(store, request.bucket);
  response.writeHead(200, { 'x-amz-bucket-region': REGION }).end();
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export async function deleteBucket({ store, request, response }: Call): Promise<void> {
  const name = request.bucket;
  await store.locks.run(`bucket:${name}`, async () => {
    requireBucket(store, name);
    await requireEmpty(store, name);
    // From here on nothing new is let in; what was let in before is waited for.
    store.closing.add(name);
    try {
      await store.locks.drained(`${name}/`);
      await requireEmpty(store, name);
      await store.index.commit([store.index.deleteBucket(name)]);
    } finally {
      store.closing.delete(name);
    }
  });
  reply(response, 204);
}

async function requireEmpty({ index }: Store, name: string): Promise<void> {
  const [objects, uploads] = [index.objects(name, ''), index.uploads(name, '')];
  const [object, upload] = await Promise.all([objects.next(), uploads.next()]);
  await Promise.all([objects.close(), uploads.close()]);
  if (object || upload) throw new S3Error('BucketNotEmpty', undefined, { BucketName: name });
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export function getBucketLocation({ store, request, response }: Call): void {
  requireBucket(store, request.bucket);
  // us-east-1 is written as nothing.
  replyXml(response, 'LocationConstraint', {});
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html */
export function getBucketVersioning({ store, request, response }: Call): void {
  requireBucket(store, request.bucket);
  replyXml(response, 'VersioningConfiguration', {});
}
