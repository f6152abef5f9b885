import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CHECKSUM_ALGORITHMS } from '@file-upload/shared-types';
import { createObjectStore, type ListedObject } from '../src/index.ts';
import { checksum, contentOf, expectContent, expectNothing, newObject } from './samples.ts';
import type { Case, Given } from './store-under-test.ts';

const BYTES = Buffer.from('0123456789');

export function objectCases(given: Given, declare: Case): void {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    declare(`is stored with the ${algorithm} that was verified`, async () => {
      const { objects } = given;
      const object = newObject();
      const expected = await checksum(algorithm, BYTES);
      await objects.create(object, BYTES, expected);
      expect(await objects.head(object.key)).toEqual({
        key: object.key,
        size: BYTES.byteLength,
        etag: expect.stringMatching(/^".+"$/) as string,
        versionId: undefined,
        contentType: 'image/jpeg',
        lastModified: expect.any(Date) as Date,
        checksum: expected,
        description: object.description,
      });
      await expectContent(objects, object.key, BYTES);
    });

    declare(`is refused when its ${algorithm} is wrong`, async () => {
      const { objects } = given;
      const object = newObject();
      const wrong = await checksum(algorithm, Buffer.from('other bytes'));
      await expect(objects.create(object, BYTES, wrong)).rejects.toMatchObject({
        code: 'CHECKSUM_MISMATCH',
      });
      await expectNothing(objects, object.key);
    });
  }

  declare('is never overwritten, neither with the same bytes nor with others', async () => {
    const { objects } = given;
    const object = newObject();
    await objects.create(object, BYTES, await checksum('SHA256', BYTES));
    for (const bytes of [BYTES, Buffer.from('other bytes')]) {
      await expect(
        objects.create(object, bytes, await checksum('SHA256', bytes)),
      ).rejects.toMatchObject({ code: 'OBJECT_EXISTS' });
    }
    await expectContent(objects, object.key, BYTES);
  });

  declare('is created once when many create it at the same time', async () => {
    const { objects } = given;
    const object = newObject();
    const contenders = Array.from({ length: 10 }, (_, index) => Buffer.from(`contender ${index}`));
    const results = await Promise.allSettled(
      contenders.map(async (bytes) => {
        await objects.create(object, bytes, await checksum('CRC64NVME', bytes));
        return bytes;
      }),
    );
    const winners = results.filter((result) => result.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    await expectContent(objects, object.key, winners[0]!.value);
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      expect(['OBJECT_EXISTS', 'CONFLICT']).toContain((result.reason as { code: string }).code);
    }
  });

  declare('carries names of any script, quotes and 255 emoji within 2 KB', async () => {
    const { objects } = given;
    for (const fileName of ['😀'.repeat(255), 'صورة العطلة.jpg', `"it's" \\ 100%\t<b>.txt`]) {
      const description = {
        ...newObject().description,
        fileName,
        owner: 'auth0|ünï-0123456789abcdef0123456789abcdef',
        declaredChecksum: await checksum('SHA256', BYTES),
      };
      const object = newObject({ description });
      await objects.create(object, BYTES, await checksum('SHA256', BYTES));
      expect((await objects.head(object.key))?.description).toEqual(description);
    }
  });

  declare('is found again under a key of any characters', async () => {
    const { objects } = given;
    const prefix = `${randomUUID()}/`;
    const keys = ['a b+c&d=e', 'naïve 日本 😀', `100%25 "q" 'a' <x>`, 'p(1)!*~;:@,?#[]'].map(
      (name) => prefix + name,
    );
    for (const key of keys) {
      await objects.create(newObject({ key }), BYTES, await checksum('SHA256', BYTES));
      await expectContent(objects, key, BYTES);
      await objects.setTags(key, { a: 'b' });
    }
    const listed = await Array.fromAsync(objects.list(prefix));
    expect(listed.map(({ key }) => key).sort()).toEqual(keys.sort());
  });

  declare('is read in inclusive ranges, cut at its end', async () => {
    const { objects } = given;
    const object = newObject();
    await objects.create(object, BYTES, await checksum('SHA256', BYTES));
    const ranges: [number, number, string, string][] = [
      [0, 0, '0', 'bytes 0-0/10'],
      [2, 5, '2345', 'bytes 2-5/10'],
      [9, 9, '9', 'bytes 9-9/10'],
      [7, 1000, '789', 'bytes 7-9/10'],
    ];
    for (const [first, last, text, contentRange] of ranges) {
      const found = await objects.get(object.key, { first, last });
      expect(found).toMatchObject({ contentRange, size: text.length, contentType: 'image/jpeg' });
      expect((await buffer(found.body)).toString()).toBe(text);
    }
    expect(await objects.get(object.key)).toMatchObject({ size: 10, contentRange: undefined });
  });

  declare('has no range that starts after its end', async () => {
    const { objects } = given;
    const [full, empty] = [newObject(), newObject()];
    await objects.create(full, BYTES, await checksum('SHA256', BYTES));
    await objects.create(empty, Buffer.of(), await checksum('SHA256', Buffer.of()));
    for (const [{ key }, first] of [
      [full, 10],
      [empty, 0],
    ] as const) {
      await expect(objects.get(key, { first, last: first + 5 })).rejects.toMatchObject({
        code: 'RANGE_NOT_SATISFIABLE',
      });
    }
  });

  declare('is read only while it is the one that is meant', async () => {
    const { objects } = given;
    const object = newObject();
    await objects.create(object, BYTES, await checksum('SHA256', BYTES));
    const { etag } = (await objects.head(object.key))!;
    for (const range of [undefined, { first: 2, last: 5 }]) {
      const { body } = await objects.get(object.key, range, etag);
      expect((await buffer(body)).toString()).toBe(range ? '2345' : '0123456789');
      await expect(objects.get(object.key, range, '"another"')).rejects.toMatchObject({
        code: 'PRECONDITION_FAILED',
      });
    }
    await expect(objects.get(randomUUID(), undefined, etag)).rejects.toMatchObject({
      code: 'OBJECT_MISSING',
    });
  });

  declare('that is missing has no head, no bytes and no tags', async () => {
    const { objects } = given;
    const missing = randomUUID();
    const code = 'OBJECT_MISSING';
    expect(await objects.head(missing)).toBeUndefined();
    await expect(objects.get(missing)).rejects.toMatchObject({ code });
    await expect(objects.getTags(missing)).rejects.toMatchObject({ code });
    await expect(objects.setTags(missing, { a: 'b' })).rejects.toMatchObject({ code });
  });

  declare('of another program has neither a description nor a checksum of its parts', async () => {
    const { clients, objects, store } = given;
    const target = { Bucket: store.bucket, Key: randomUUID() };
    const { UploadId } = await clients.s3.send(
      new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'SHA256' }),
    );
    const { value: ChecksumSHA256 } = await checksum('SHA256', BYTES);
    const part = { ...target, UploadId, PartNumber: 1, Body: BYTES, ChecksumSHA256 };
    const { ETag } = await clients.s3.send(new UploadPartCommand(part));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumSHA256 }] };
    await clients.s3.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }),
    );
    const found = await objects.head(target.Key);
    expect(found).toMatchObject({ size: 10, checksum: undefined, description: undefined });
  });

  declare('is made of another one, with all but its tags', async () => {
    const { objects } = given;
    const source = newObject();
    // What an URL says in another way, and what is in a name.
    const from = `${source.key}/a +%2F 年.txt`;
    const to = newObject().key;
    await objects.create({ ...source, key: from }, BYTES, await checksum('CRC64NVME', BYTES));
    await objects.setTags(from, { visibility: 'public' });
    await objects.copy(from, to);
    await expectContent(objects, to, BYTES);
    const { contentType, description } = source;
    expect(await objects.head(to)).toMatchObject({ contentType, description });
    expect((await objects.head(to))?.checksum).toEqual(await checksum('CRC64NVME', BYTES));
    expect(await objects.getTags(to)).toEqual({});
    await expectContent(objects, from, BYTES);
    await expect(objects.copy(newObject().key, newObject().key)).rejects.toMatchObject({
      code: 'OBJECT_MISSING',
    });
  });

  declare('is not replaced by a copy of another one', async () => {
    const { objects } = given;
    const [one, other] = [newObject(), newObject()];
    await objects.create(one, BYTES, await checksum('CRC64NVME', BYTES));
    const others = Buffer.from('others');
    await objects.create(other, others, await checksum('CRC64NVME', others));
    await expect(objects.copy(other.key, one.key)).rejects.toMatchObject({ code: 'OBJECT_EXISTS' });
    await expectContent(objects, one.key, BYTES);
  });

  declare('is removed once and for all, and makes room for another', async () => {
    const { objects } = given;
    const object = newObject();
    const bytes = await checksum('SHA256', BYTES);
    await objects.create(object, BYTES, bytes);
    await objects.remove(object.key);
    await objects.remove(object.key);
    await expectNothing(objects, object.key);
    await objects.create(object, BYTES, bytes);
    expect((await contentOf(objects, object.key)).toString()).toBe('0123456789');
  });

  declare('has the tags that were set last, and is otherwise left alone by them', async () => {
    const { objects } = given;
    const object = newObject();
    await objects.create(object, BYTES, await checksum('SHA256', BYTES));
    const before = await objects.head(object.key);
    expect(await objects.getTags(object.key)).toEqual({});
    await objects.setTags(object.key, { visibility: 'private', note: 'a=b + ü' });
    await objects.setTags(object.key, { visibility: 'public' });
    expect(await objects.getTags(object.key)).toEqual({ visibility: 'public' });
    expect(await objects.head(object.key)).toEqual(before);
    await expectContent(objects, object.key, BYTES);
  });

  declare('is listed in the order of keys, also on the second page', async () => {
    const { objects } = given;
    const prefix = `${randomUUID()}/`;
    const keys = Array.from({ length: 1001 }, (_, index) => `${prefix}${index}`);
    const nothing = await checksum('CRC64NVME', Buffer.of());
    for (let at = 0; at < keys.length; at += 100) {
      const batch = keys.slice(at, at + 100);
      await Promise.all(
        batch.map((key) => objects.create(newObject({ key }), Buffer.of(), nothing)),
      );
    }
    const listed = await Array.fromAsync(objects.list(prefix));
    expect(listed.map(({ key }) => key)).toEqual(keys.sort());
    expect(listed[1000]).toEqual({
      key: `${prefix}999`,
      size: 0,
      etag: expect.stringMatching(/^".+"$/) as string,
      lastModified: expect.any(Date) as Date,
    } satisfies ListedObject);
    expect(await Array.fromAsync(objects.list(`${prefix}none`))).toEqual([]);
    const rest = await Array.fromAsync(objects.list(prefix, `${prefix}997+`));
    expect(rest.map(({ key }) => key)).toEqual([`${prefix}998`, `${prefix}999`]);
    expect(await Array.fromAsync(objects.list(prefix, `${prefix}999`))).toEqual([]);
  });

  declare('is in a bucket that answers a ping', async () => {
    await given.objects.ping();
  });

  declare('cannot be in a bucket that does not exist', async () => {
    const { s3 } = given.clients;
    const objects = createObjectStore({ s3, bucket: `no-${randomUUID()}` });
    const code = 'STORE_REFUSED';
    const sum = await checksum('SHA256', BYTES);
    await expect(objects.ping()).rejects.toMatchObject({ code });
    await expect(objects.get('key')).rejects.toMatchObject({ code });
    await expect(objects.create(newObject(), BYTES, sum)).rejects.toMatchObject({ code });
  });
}
