import { randomBytes, randomUUID } from 'node:crypto';
import type { MultipartUpload, UploadedPart } from '../src/index.ts';
import { checksum, expectContent, expectNothing, MIB, newObject, uploadsOf } from './samples.ts';
import type { Case, Given } from './store-under-test.ts';

const FIRST = randomBytes(5 * MIB);
const SECOND = Buffer.from('the last part may be short');
const WHOLE = Buffer.concat([FIRST, SECOND]);

export function multipartCases(given: Given, declare: Case): void {
  async function put(
    upload: MultipartUpload,
    partNumber: number,
    bytes: Uint8Array,
  ): Promise<UploadedPart> {
    const { value } = await checksum('CRC64NVME', bytes);
    return await given.objects.multipart.putPart(upload, partNumber, bytes, value);
  }

  /** An upload that has both of its parts. */
  async function twoParts() {
    const object = newObject();
    const upload = await given.objects.multipart.start(object);
    const parts = [await put(upload, 1, FIRST), await put(upload, 2, SECOND)] as const;
    return { object, upload, parts };
  }

  declare('becomes an object, and is verified as a whole', async () => {
    const { objects } = given;
    const { object, upload, parts } = await twoParts();
    expect(await objects.head(object.key)).toBeUndefined();
    expect(await uploadsOf(objects, object.key)).toEqual([upload]);
    const whole = await checksum('CRC64NVME', WHOLE);
    await objects.multipart.complete(upload, parts, {
      size: WHOLE.byteLength,
      crc64nvme: whole.value,
    });
    expect(await objects.head(object.key)).toMatchObject({
      size: WHOLE.byteLength,
      contentType: object.contentType,
      checksum: whole,
      description: object.description,
    });
    await expectContent(objects, object.key, WHOLE);
    expect(await uploadsOf(objects, object.key)).toEqual([]);
  });

  declare('becomes an object when nothing is said of the whole', async () => {
    const { objects } = given;
    const { object, upload, parts } = await twoParts();
    await objects.multipart.complete(upload, parts);
    await expectContent(objects, object.key, WHOLE);
  });

  declare('has the checksum of the whole file, and not one of its parts', async () => {
    const { objects } = given;
    const { object, upload, parts } = await twoParts();
    await objects.multipart.complete(upload, parts);
    expect((await objects.head(object.key))?.checksum).toEqual(await checksum('CRC64NVME', WHOLE));
  });

  declare('may have one part, and that may be empty', async () => {
    const { objects } = given;
    const object = newObject();
    const upload = await objects.multipart.start(object);
    await objects.multipart.complete(upload, [await put(upload, 1, Buffer.of())], { size: 0 });
    await expectContent(objects, object.key, Buffer.of());
  });

  declare('lists its parts in order, however they came, over several pages', async () => {
    const { objects } = given;
    const upload = await objects.multipart.start(newObject());
    expect(await objects.multipart.listParts(upload)).toEqual([]);
    const parts = await Promise.all(
      [7, 2, 10_000, 1, 30, 4, 5].map((number) => put(upload, number, Buffer.from(`${number}`))),
    );
    expect(await objects.multipart.listParts(upload, 3)).toEqual(
      parts.sort((a, b) => a.partNumber - b.partNumber),
    );
  });

  declare('keeps the last of two parts with the same number', async () => {
    const { objects } = given;
    const object = newObject();
    const upload = await objects.multipart.start(object);
    const first = await put(upload, 1, Buffer.from('first'));
    const second = await put(upload, 1, Buffer.from('second'));
    expect(await objects.multipart.listParts(upload)).toEqual([second]);
    await expect(objects.multipart.complete(upload, [first])).rejects.toMatchObject({
      code: 'INVALID_PART',
    });
    await objects.multipart.complete(upload, [second]);
    await expectContent(objects, object.key, Buffer.from('second'));
  });

  declare('refuses a part whose checksum is wrong', async () => {
    const { objects } = given;
    const upload = await objects.multipart.start(newObject());
    const { value } = await checksum('CRC64NVME', Buffer.from('other bytes'));
    await expect(objects.multipart.putPart(upload, 1, SECOND, value)).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    });
    expect(await objects.multipart.listParts(upload)).toEqual([]);
  });

  for (const [what, code, wrong] of [
    [
      'a part has the ETag of another',
      'INVALID_PART',
      ([a, b]) => [[a, { ...b, etag: a.etag }], {}],
    ],
    ['a part is missing', 'INVALID_PART', ([a, b]) => [[a, b, { ...b, partNumber: 3 }], {}]],
    ['the parts are out of order', 'INVALID_PART', ([a, b]) => [[b, a], {}]],
    ['a part is named twice', 'INVALID_PART', ([a, b]) => [[a, b, b], {}]],
    ['no part is named', 'INVALID_PART', () => [[], {}]],
    [
      'the checksum of the whole is wrong',
      'CHECKSUM_MISMATCH',
      (parts) => [[...parts], { crc64nvme: 'AAAAAAAAAAA=' }],
    ],
    [
      'the size of the whole is wrong',
      'SIZE_MISMATCH',
      (parts) => [[...parts], { size: WHOLE.byteLength + 1 }],
    ],
  ] as [
    string,
    string,
    (
      parts: readonly [UploadedPart, UploadedPart],
    ) => [UploadedPart[], { size?: number; crc64nvme?: string }],
  ][]) {
    declare(`is refused, and stays open, when ${what}`, async () => {
      const { objects } = given;
      const { object, upload, parts } = await twoParts();
      await expect(objects.multipart.complete(upload, ...wrong(parts))).rejects.toMatchObject({
        code,
      });
      expect(await objects.head(object.key)).toBeUndefined();
      expect(await objects.multipart.listParts(upload)).toEqual(parts);
    });
  }

  declare('is refused when a part but the last is smaller than 5 MiB', async () => {
    const { objects } = given;
    const object = newObject();
    const upload = await objects.multipart.start(object);
    const parts = [await put(upload, 1, SECOND), await put(upload, 2, SECOND)];
    await expect(objects.multipart.complete(upload, parts)).rejects.toMatchObject({
      code: 'INVALID_PART',
    });
    expect(await objects.head(object.key)).toBeUndefined();
  });

  declare('does not overwrite an object', async () => {
    const { objects } = given;
    const { object, upload, parts } = await twoParts();
    const first = Buffer.from('first');
    await objects.create(object, first, await checksum('CRC64NVME', first));
    await expect(objects.multipart.complete(upload, parts)).rejects.toMatchObject({
      code: 'OBJECT_EXISTS',
    });
    await expectContent(objects, object.key, first);
  });

  declare('makes one object when it is completed twice', async () => {
    const { objects } = given;
    const { object, upload, parts } = await twoParts();
    await objects.multipart.complete(upload, parts);
    const made = await objects.head(object.key);
    // S3 remembers a completed upload for a while and then answers that there is none.
    await objects.multipart.complete(upload, parts).catch((error: { code: string }) => {
      expect(['OBJECT_EXISTS', 'UPLOAD_NOT_FOUND']).toContain(error.code);
    });
    expect(await objects.head(object.key)).toEqual(made);
  });

  declare('is gone with its parts when it is aborted, once or twice', async () => {
    const { objects } = given;
    const { object, upload, parts } = await twoParts();
    await objects.multipart.abort(upload);
    await objects.multipart.abort(upload);
    await expectNothing(objects, object.key);
    const code = 'UPLOAD_NOT_FOUND';
    await expect(objects.multipart.listParts(upload)).rejects.toMatchObject({ code });
    await expect(put(upload, 1, SECOND)).rejects.toMatchObject({ code });
    await expect(objects.multipart.complete(upload, parts)).rejects.toMatchObject({ code });
  });

  declare('is found by its age, whatever its key, over several pages', async () => {
    const { objects } = given;
    const object = newObject();
    // Of one key too: a page may end between two of its uploads.
    const uploads = [
      ...(await Promise.all([1, 2].map(() => objects.multipart.start(object)))),
      ...(await Promise.all([1, 2].map(() => objects.multipart.start(newObject())))),
    ];
    const idsOf = (list: MultipartUpload[]) => list.map(({ uploadId }) => uploadId).sort();
    const ids = idsOf(uploads);
    const found = async (before: number, pageSize?: number) =>
      idsOf(await Array.fromAsync(objects.multipart.startedBefore(before, pageSize))).filter((id) =>
        ids.includes(id),
      );
    for (const pageSize of [1, 3, undefined]) {
      expect(await found(Date.now() + 60_000, pageSize)).toEqual(ids);
    }
    expect(await found(Date.now() - 60_000)).toEqual([]);
    for (const upload of uploads) await objects.multipart.abort(upload);
    expect(await found(Date.now() + 60_000)).toEqual([]);
  });

  declare('belongs to its key', async () => {
    const { objects } = given;
    const { upload, parts } = await twoParts();
    const elsewhere = { ...upload, key: randomUUID() };
    const code = 'UPLOAD_NOT_FOUND';
    await expect(put(elsewhere, 1, SECOND)).rejects.toMatchObject({ code });
    await expect(objects.multipart.complete(elsewhere, parts)).rejects.toMatchObject({ code });
    expect(await objects.head(elsewhere.key)).toBeUndefined();
  });
}
