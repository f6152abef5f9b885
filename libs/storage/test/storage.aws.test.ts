import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { createClients, createObjectStore } from '../src/index.ts';
import { storageSuite, type Differences } from './storage-suite.ts';

const CHECKSUM_OF_PARTS = {
  because: 'MiniStack holds the checksum of a whole multipart object against one of its parts',
  failsWith: /The bytes that arrived do not have the given checksum/,
};
const NO_DEFAULT_CHECKSUM = {
  because: 'MiniStack computes no checksum unless it is asked to',
  failsWith: /Received: undefined/,
};
const TAKES_ANY_PARTS = {
  because: 'MiniStack sorts the parts it is given, and takes them whatever their size',
  failsWith: /Received promise resolved instead of rejected/,
};

/** Seen in MiniStack 1.5.33. */
const DIFFERENCES: Differences = {
  'of one part and a byte becomes an object when it is committed, and not before':
    CHECKSUM_OF_PARTS,
  'of many parts becomes an object when it is committed, and not before': CHECKSUM_OF_PARTS,
  'in parts has the SHA256 that was declared': CHECKSUM_OF_PARTS,
  'in parts has the CRC64NVME that was declared': CHECKSUM_OF_PARTS,
  'in parts may be committed and staged again with the same bytes': CHECKSUM_OF_PARTS,
  'may come in chunks of one byte, or in a single one of several parts': CHECKSUM_OF_PARTS,
  'is the same file however it was cut into parts': CHECKSUM_OF_PARTS,
  'becomes an object, and is verified as a whole': CHECKSUM_OF_PARTS,
  'to the completion of a multipart upload does not fail a commit': CHECKSUM_OF_PARTS,
  'has the checksum of the whole file, and not one of its parts': {
    ...CHECKSUM_OF_PARTS,
    failsWith: /Received: undefined/,
  },
  'writes an object that has a checksum although none was given': NO_DEFAULT_CHECKSUM,
  'writes an object that has a checksum': NO_DEFAULT_CHECKSUM,
  'is not replaced by a copy of another one': {
    because: 'MiniStack knows no condition on copies',
    failsWith: /Received promise resolved instead of rejected/,
  },
  'is refused, and stays open, when the parts are out of order': TAKES_ANY_PARTS,
  'is refused, and stays open, when a part is named twice': TAKES_ANY_PARTS,
  'is refused when a part but the last is smaller than 5 MiB': TAKES_ANY_PARTS,
};

async function start() {
  const endpoint = process.env['AWS_ENDPOINT_URL'];
  if (!endpoint) throw new Error('AWS_ENDPOINT_URL is not set. Run this with: npm run test:aws');
  const clients = { region: 'us-east-1', s3Endpoint: endpoint, dynamodbEndpoint: endpoint };
  const bucket = `files-${randomUUID()}`;
  const { s3, destroy } = createClients(clients);
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  destroy();
  return { clients, bucket, stop: () => Promise.resolve() };
}

storageSuite('MiniStack', start, DIFFERENCES);

test('of an object with versions one is looked at, tagged and removed, and the others are left alone', async () => {
  const { clients, bucket, stop } = await start();
  const { s3, destroy } = createClients(clients);
  const objects = createObjectStore({ s3, bucket });
  const Key = 'key';
  const put = async (Body: string) => {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    return (await objects.head(Key))?.versionId;
  };
  const tagsOf = async (VersionId: string | undefined) =>
    (await s3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key, VersionId }))).TagSet;
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  try {
    const [older, newer] = [await put('older'), await put('newer')];
    expect(older).toEqual(expect.any(String));
    expect(newer).toEqual(expect.any(String));
    expect(newer).not.toBe(older);
    await objects.setTags(Key, { visibility: 'public' }, older);
    expect(await tagsOf(older)).toEqual([{ Key: 'visibility', Value: 'public' }]);
    expect(await tagsOf(newer)).toEqual([]);
    expect(await objects.getTags(Key)).toEqual({});
    await objects.setTags(Key, { visibility: 'private' });
    expect(await tagsOf(older)).toEqual([{ Key: 'visibility', Value: 'public' }]);
    expect(await tagsOf(newer)).toEqual([{ Key: 'visibility', Value: 'private' }]);
    await objects.remove(Key, newer);
    expect(await objects.head(Key)).toMatchObject({ versionId: older });
  } finally {
    destroy();
    await stop();
  }
});
