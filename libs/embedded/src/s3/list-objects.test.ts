import {
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type ListObjectsV2CommandInput,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { sendSigned } from '../../test/raw-request.ts';
import { refusal, startRunning, type Running } from '../../test/running-embedded.ts';

async function startWithKeys(keys: string[]) {
  const running = await startRunning();
  const { s3, bucket: Bucket } = running;
  await Promise.all(keys.map((Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))));
  const list = async (more: Partial<ListObjectsV2CommandInput> = {}) => {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, ...more }));
    return {
      ...page,
      keys: page.Contents?.map(({ Key }) => Key) ?? [],
      prefixes: page.CommonPrefixes?.map(({ Prefix }) => Prefix) ?? [],
    };
  };
  return { ...running, list };
}

/** All keys and common prefixes, walked in pages, in the order they came. */
async function walk(
  list: Awaited<ReturnType<typeof startWithKeys>>['list'],
  more: Partial<ListObjectsV2CommandInput>,
): Promise<(string | undefined)[]> {
  const seen: (string | undefined)[] = [];
  for (let ContinuationToken: string | undefined; ;) {
    const page = await list({ ...more, ...(ContinuationToken && { ContinuationToken }) });
    expect(page.KeyCount).toBe(page.keys.length + page.prefixes.length);
    seen.push(...page.keys, ...page.prefixes);
    ContinuationToken = page.NextContinuationToken;
    expect(page.IsTruncated).toBe(ContinuationToken !== undefined);
    if (!ContinuationToken) return seen;
  }
}

test('lists keys in the order of their UTF-8 bytes', async () => {
  const keys = ['\u{10000}', '\uFFFD', 'é', 'z', 'a/b', 'a', 'A', 'a!', '0'];
  const { list } = await startWithKeys(keys);
  const expected = [...keys].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
  expect((await list()).keys).toEqual(expected);
  expect(expected).not.toEqual([...keys].sort());
});

test('describes each object', async () => {
  const { list } = await startWithKeys(['k']);
  const { Contents } = await list({ FetchOwner: true });
  expect(Contents).toMatchObject([
    {
      Key: 'k',
      Size: 1,
      ETag: `"${createHash('md5').update('k').digest('hex')}"`,
      ChecksumAlgorithm: ['CRC32'],
      ChecksumType: 'FULL_OBJECT',
      StorageClass: 'STANDARD',
      Owner: { ID: 'file-upload' },
    },
  ]);
  expect(Contents?.[0]?.LastModified).toBeInstanceOf(Date);
});

test('takes prefixes and rolls keys up at the delimiter', async () => {
  const { list } = await startWithKeys(['a', 'a/', 'a/1', 'a/2/x', 'a/2/y', 'ab', 'b/1']);
  expect(await list({ Prefix: 'a/' })).toMatchObject({ keys: ['a/', 'a/1', 'a/2/x', 'a/2/y'] });
  expect(await list({ Delimiter: '/' })).toMatchObject({
    keys: ['a', 'ab'],
    prefixes: ['a/', 'b/'],
    KeyCount: 4,
  });
  expect(await list({ Prefix: 'a/', Delimiter: '/' })).toMatchObject({
    keys: ['a/', 'a/1'],
    prefixes: ['a/2/'],
  });
  expect(await list({ Delimiter: '2/' })).toMatchObject({ prefixes: ['a/2/'] });
  expect(await list({ Prefix: 'c' })).toMatchObject({ keys: [], IsTruncated: false });
});

test.each([1, 2, 3])('walks pages of %d without losing or repeating anything', async (MaxKeys) => {
  const keys = ['a/1', 'a/2', 'b', 'c/1', 'c/1/2', 'c/3', 'd', 'ü/1'];
  const { list } = await startWithKeys(keys);
  expect(await walk(list, { MaxKeys })).toEqual(keys);
  expect((await walk(list, { MaxKeys, Delimiter: '/' })).sort()).toEqual(
    ['a/', 'b', 'c/', 'd', 'ü/'].sort(),
  );
  expect(await walk(list, { MaxKeys, Prefix: 'c/' })).toEqual(['c/1', 'c/1/2', 'c/3']);
  expect(await walk(list, { MaxKeys, StartAfter: 'b' })).toEqual(keys.slice(3));
});

test('starts after a key that need not be there', async () => {
  const { list } = await startWithKeys(['a', 'b', 'c']);
  expect((await list({ StartAfter: 'a' })).keys).toEqual(['b', 'c']);
  expect((await list({ StartAfter: 'aa' })).keys).toEqual(['b', 'c']);
  expect((await list({ StartAfter: 'z' })).keys).toEqual([]);
  expect((await list({ Prefix: 'b', StartAfter: 'a' })).keys).toEqual(['b']);
});

test('walks the first version of the listing by marker', async () => {
  const running = await startWithKeys(['a/1', 'a/2', 'b', 'c']);
  const list = (more: object) =>
    running.s3.send(new ListObjectsCommand({ Bucket: running.bucket, ...more }));
  const first = await list({ Delimiter: '/', MaxKeys: 1 });
  expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'a/' });
  const second = await list({ Delimiter: '/', MaxKeys: 1, Marker: first.NextMarker });
  expect(second).toMatchObject({ IsTruncated: true, NextMarker: 'b', Contents: [{ Key: 'b' }] });
  const plain = await list({ MaxKeys: 1 });
  expect(plain.NextMarker).toBeUndefined();
  expect((await list({ Marker: 'a/1' })).Contents?.map(({ Key }) => Key)).toEqual([
    'a/2',
    'b',
    'c',
  ]);
});

test('writes keys that XML cannot hold URL-encoded where asked', async () => {
  const { list } = await startWithKeys(['a b/ü+', 'c\u0001d', 'e\nf', 'g<&>"\'']);
  expect((await list({ EncodingType: 'url' })).keys).toEqual([
    'a%20b/%C3%BC%2B',
    'c%01d',
    'e%0Af',
    'g%3C%26%3E%22%27',
  ]);
  expect((await list({ Prefix: 'g' })).keys).toEqual(['g<&>"\'']);
  expect((await list({ Prefix: 'e' })).keys).toEqual(['e\nf']);
});

test('counts more than 1,000 keys a page as 1,000, and takes none for none', async () => {
  const { list } = await startWithKeys(['a', 'b']);
  expect(await list({ MaxKeys: 5000 })).toMatchObject({ MaxKeys: 1000 });
  expect(await list({ MaxKeys: 0 })).toMatchObject({ keys: [], IsTruncated: false });
});

test.each(['max-keys=x', 'max-keys=-1', 'encoding-type=utf', 'continuation-token=%21'])(
  'refuses a listing with %s',
  async (parameter) => {
    const running: Running = await startRunning();
    const answer = await sendSigned(running, { path: `/file-upload?list-type=2&${parameter}` });
    expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
  },
);

test('has no listing of a bucket that is not there', async () => {
  const { s3 } = await startRunning();
  const refused = refusal(s3.send(new ListObjectsV2Command({ Bucket: 'no-such-bucket' })));
  expect(await refused).toMatchObject({ code: 'NoSuchBucket', status: 404 });
});
