import { randomBytes } from 'node:crypto';
import { LIMITS } from '@file-upload/shared-types';
import { checksumOf } from '@file-upload/storage';
import { EVERY_FILE } from '@file-upload/workflow';
import { startService, type Service } from './service.ts';
import { fileIdOf, uppyClient, type NamedPart } from './uppy-client.ts';

const MIB = 1024 ** 2;
const MAX_FILE_BYTES = 15 * MIB;
const PARTS = [randomBytes(5 * MIB), randomBytes(5 * MIB), randomBytes(1234)];
const NOT_FOUND = { status: 404, body: { code: 'UPLOAD_NOT_FOUND' } };
const REFUSED = { status: 409, body: { code: 'INVALID_PART' } };

let service: Service;
beforeAll(async () => {
  service = await startService({
    settings: { rules: { ...EVERY_FILE, maxFileBytes: MAX_FILE_BYTES } },
  });
});
afterAll(() => service.close());

const uppy = uppyClient(() => service.url);
const open = async (body: object = {}) =>
  (await uppy.open({ filename: 'large.bin', type: 'application/octet-stream', ...body })).body;
type Opened = Awaited<ReturnType<typeof open>>;
const rowOf = async ({ key }: Opened) => await service.stores.metadata.get(fileIdOf(key));
const statusOf = async (upload: Opened) => (await rowOf(upload))?.validation_status;

async function sendAll(upload: Opened, parts = PARTS): Promise<NamedPart[]> {
  return await Promise.all(parts.map((bytes, i) => uppy.sendPart(upload, i + 1, bytes)));
}

describe('key and uploadId', () => {
  test('of two uploads are as unknown together as what never was', async () => {
    const [one, other] = [await open(), await open()];
    const parts = await sendAll(one);
    const pairs = [
      { key: one.key, uploadId: other.uploadId },
      { key: other.key, uploadId: one.uploadId },
      { key: one.key.replace('large', 'small'), uploadId: one.uploadId },
      { key: fileIdOf(one.key), uploadId: one.uploadId },
      { key: 'x', uploadId: one.uploadId },
      { key: '', uploadId: 'x' },
      { key: one.key, uploadId: 'x' },
    ];
    const messages = new Set<unknown>();
    for (const pair of pairs) {
      const upload = { ...one, ...pair };
      for (const answer of [
        await uppy.sign(upload, 1),
        await uppy.batch(upload, '1'),
        await uppy.list(upload),
        await uppy.complete(upload, parts),
        await uppy.abort(upload),
      ]) {
        expect(answer).toMatchObject(NOT_FOUND);
        messages.add((answer.body as { message?: string }).message);
      }
    }
    expect(messages.size).toBe(1);
    expect((await uppy.list(one)).body).toHaveLength(PARTS.length);
  });

  test('of an upload that was opened by another route are unknown', async () => {
    const { body } = await uppy.call<{ file_id: string }>('POST', '/uploads', {
      file_name: 'large.bin',
      file_size: 17 * MIB,
    });
    // More than this service stores; a smaller one goes in one request.
    expect(body).toMatchObject({ code: 'FILE_TOO_LARGE' });
    const upload = await service.stores.objects.multipart.start({
      key: 'key/of-another-program',
      contentType: 'a/b',
      description: { fileName: 'a', owner: 'a', visibility: 'private', uploadTime: '' },
    });
    expect(await uppy.list(upload)).toMatchObject(NOT_FOUND);
  });
});

describe('a part', () => {
  test.each(['0', '10001', '-1', '1.5', 'one'])('number %s is not signed', async (number) => {
    const upload = await open();
    const refused = { status: 400, body: { code: 'INVALID_PART_NUMBER' } };
    expect(await uppy.sign(upload, number)).toMatchObject(refused);
    expect(await uppy.batch(upload, `1,${number}`)).toMatchObject(refused);
  });

  test('that no file of this service can have is not signed', async () => {
    const upload = await open();
    expect((await uppy.sign(upload, 3)).status).toBe(200);
    expect(await uppy.sign(upload, 4)).toMatchObject({
      status: 413,
      body: { code: 'FILE_TOO_LARGE' },
    });
  });

  test('is signed for itself alone', async () => {
    const [one, other] = [await open(), await open()];
    const { url } = (await uppy.sign(one, 1)).body;
    for (const [from, to] of [
      ['partNumber=1', 'partNumber=2'],
      [one.uploadId, other.uploadId],
      [fileIdOf(one.key), fileIdOf(other.key)],
    ] as const) {
      expect(url).toContain(from);
      const answer = await fetch(url.replace(from, to), { method: 'PUT', body: PARTS[2]! });
      expect(answer.status).toBe(403);
    }
    for (const upload of [one, other]) expect((await uppy.list(upload)).body).toEqual([]);
  });

  test('is signed with others at once', async () => {
    const upload = await open();
    const { body } = await uppy.batch(upload, '2,1');
    expect(Object.keys(body.presignedUrls)).toEqual(['1', '2']);
    for (const [number, url] of Object.entries(body.presignedUrls)) {
      expect(url).toContain(`partNumber=${number}`);
      expect((await fetch(url, { method: 'PUT', body: PARTS[2]! })).status).toBe(200);
    }
  });

  test('is listed, also where there are more than a page of them', async () => {
    const upload = await open();
    const { multipart } = service.stores.objects;
    const numbers = Array.from({ length: 1001 }, (_, i) => i + 1);
    const bytes = Buffer.from('x');
    const crc64nvme = await checksumOf('CRC64NVME', bytes);
    const missing = [...numbers];
    const send = async () => {
      for (let number = missing.pop(); number; number = missing.pop()) {
        await multipart.putPart(upload, number, bytes, crc64nvme);
      }
    };
    await Promise.all(Array.from({ length: 16 }, send));
    const { body } = await uppy.list(upload);
    expect(body.map(({ PartNumber }) => PartNumber)).toEqual(numbers);
  });
});

describe('completing', () => {
  test('is refused, and the upload stays open, unless all parts are named as they are', async () => {
    const upload = await open();
    const [one, two, three] = (await sendAll(upload)) as [NamedPart, NamedPart, NamedPart];
    const wrong = { PartNumber: 2, ETag: one.ETag };
    for (const parts of [
      [],
      [one],
      [one, two],
      [two, three],
      [one, three],
      [one, wrong, three],
      [one, two, two, three],
      [one, wrong, two, three],
      [one, two, three, { PartNumber: 4, ETag: one.ETag }],
    ]) {
      expect(await uppy.complete(upload, parts)).toMatchObject(REFUSED);
    }
    expect(await statusOf(upload)).toBe('PENDING');
    const quoted = [three, one, two].map(({ ETag, ...part }) => ({ ...part, ETag: `"${ETag}"` }));
    expect(await uppy.complete(upload, quoted)).toMatchObject({ status: 200 });
  });

  test('is refused while a part in the middle is missing, or too small', async () => {
    const upload = await open();
    const one = await uppy.sendPart(upload, 1, PARTS[0]!);
    const three = await uppy.sendPart(upload, 3, PARTS[2]!);
    expect(await uppy.complete(upload, [one, three])).toMatchObject(REFUSED);
    const two = await uppy.sendPart(upload, 2, PARTS[2]!);
    expect(await uppy.complete(upload, [one, two, three])).toMatchObject(REFUSED);
  });

  test.each([
    ['no parts', undefined],
    ['a part number 0', [{ PartNumber: 0, ETag: 'x' }]],
    ['a part number 10,001', [{ PartNumber: 10_001, ETag: 'x' }]],
    ['no ETag', [{ PartNumber: 1 }]],
    ['an empty ETag', [{ PartNumber: 1, ETag: '' }]],
  ])('is refused with %s', async (_, parts) => {
    const answer = await uppy.complete(await open(), parts);
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
  });

  test('is refused with more bytes than a file may have, which are removed', async () => {
    const upload = await open();
    const parts = await sendAll(upload, [PARTS[0]!, PARTS[1]!, randomBytes(5 * MIB + 1)]);
    expect(await uppy.complete(upload, parts)).toMatchObject({
      status: 413,
      body: { code: 'FILE_TOO_LARGE' },
    });
    expect(await service.stores.objects.multipart.list(upload.key)).toEqual([]);
    expect(await uppy.list(upload)).toMatchObject(NOT_FOUND);
  });

  test('twice at once, and again after a lost answer, is the same as once', async () => {
    const upload = await open();
    const parts = await sendAll(upload);
    const answers = await Promise.all([uppy.complete(upload, parts), uppy.complete(upload, parts)]);
    // One may find the other at it, and is told to come again.
    for (const { status } of answers) expect([200, 409]).toContain(status);
    expect(answers.some(({ status }) => status === 200)).toBe(true);

    // Uppy that did not hear of it lists the parts, sends what is missing, and completes again.
    const { body: listed } = await uppy.list(upload);
    expect(listed.map(({ PartNumber }) => PartNumber)).toEqual([1, 2, 3]);
    expect(await uppy.sign(upload, 1)).toMatchObject({
      status: 409,
      body: { code: 'UPLOAD_FINISHED' },
    });
    const again = await uppy.complete(upload, listed);
    expect(again).toEqual({
      ...again,
      status: 200,
      body: answers.find((a) => a.status === 200)!.body,
    });
    expect(await uppy.abort(upload)).toMatchObject({
      status: 409,
      body: { code: 'UPLOAD_FINISHED' },
    });
  });

  test('says why a file was rejected', async () => {
    const upload = await open({ filename: 'a.png', type: 'image/png' });
    const parts = await sendAll(upload, [Buffer.from('<!DOCTYPE html><html></html>')]);
    const answer = await uppy.complete(upload, parts);
    expect(answer).toMatchObject({ status: 422, body: { code: 'FILE_REJECTED' } });
    expect(answer.body.message).toContain('image/png');
    expect(await uppy.complete(upload, parts)).toMatchObject({ status: 422 });
    expect(await statusOf(upload)).toBe('INVALID');
  });

  test('finds nothing after the upload was aborted, nor do its parts', async () => {
    const upload = await open();
    const parts = await sendAll(upload);
    const { url } = (await uppy.sign(upload, 2)).body;
    for (const body of [{}, {}])
      expect(await uppy.abort(upload)).toMatchObject({ status: 200, body });
    expect(await uppy.complete(upload, parts)).toMatchObject(NOT_FOUND);
    expect(await uppy.list(upload)).toMatchObject(NOT_FOUND);
    expect((await fetch(url, { method: 'PUT', body: PARTS[1]! })).status).toBe(404);
    expect(await service.stores.objects.multipart.list(upload.key)).toEqual([]);
    expect(await statusOf(upload)).toBeUndefined();
  });
});

test.each<[string, object, number, string]>([
  ['no name', { filename: '' }, 400, 'INVALID_FILE_NAME'],
  ['no name at all', { filename: undefined }, 400, 'INVALID_FILE_NAME'],
  ['a name that is a number', { filename: 1 }, 400, 'INVALID_FILE_NAME'],
  ['a hostile type', { type: 'a/b\nc' }, 400, 'INVALID_CONTENT_TYPE'],
  ['a visibility that is none', { metadata: { visibility: 1 } }, 400, 'INVALID_REQUEST'],
  ['metadata that is text', { metadata: 'x' }, 400, 'INVALID_REQUEST'],
])('no upload is opened with %s', async (_, body, status, code) => {
  const answer = await uppy.open({ filename: 'a', type: 'a/b', ...body });
  expect(answer).toMatchObject({ status, body: { code } });
});

test('an upload takes the visibility that its metadata says', async () => {
  const upload = await open({ metadata: { visibility: 'public', tags: [1], size: null } });
  expect(await rowOf(upload)).toMatchObject({ visibility: 'public' });
  const without = await open({ metadata: { visibility: null } });
  expect(await rowOf(without)).toMatchObject({ visibility: 'private' });
});

test('the limits of parts are those of the store', () => {
  expect(LIMITS.minPartBytes).toBe(PARTS[0]!.length);
});
