import { randomUUID } from 'node:crypto';
import { CHECKSUM_ALGORITHMS } from '@file-upload/shared-types';
import type { PresignedRequest } from '../src/index.ts';
import { anHourAgo } from './an-hour-ago.ts';
import { checksum, expectContent, expectNothing, newObject } from './samples.ts';
import type { Case, Given } from './store-under-test.ts';

const BYTES = Buffer.from('0123456789');

/** Sends a request as a browser does: the length of the body is not the caller's to choose. */
async function send(request: PresignedRequest, body?: Uint8Array<ArrayBuffer>) {
  const { method, url } = request;
  const headers = { ...request.headers };
  delete headers['content-length'];
  return await fetch(url, { method, headers, ...(body && { body }) });
}

function without(request: PresignedRequest, header: string): PresignedRequest {
  const headers = { ...request.headers };
  expect(headers[header]).toBeDefined();
  delete headers[header];
  return { ...request, headers };
}

function withHeader(request: PresignedRequest, name: string, value: string): PresignedRequest {
  expect(request.headers[name]).toBeDefined();
  return { ...request, headers: { ...request.headers, [name]: value } };
}

function to(request: PresignedRequest, key: string, otherKey: string): PresignedRequest {
  expect(request.url).toContain(key);
  return { ...request, url: request.url.replace(key, otherKey) };
}

export function presignedCases(given: Given, declare: Case): void {
  declare('reads an object, whole or in ranges, under the name and type it says', async () => {
    const { objects } = given;
    const object = newObject();
    await objects.create(object, BYTES, await checksum('SHA256', BYTES));
    const whole = await send(await objects.presigner.get(object.key));
    expect(whole.status).toBe(200);
    expect(whole.headers.get('content-type')).toBe('image/jpeg');
    expect(await whole.text()).toBe('0123456789');

    const named = await objects.presigner.get(object.key, {
      contentDisposition: `attachment; filename="a b.txt"; filename*=UTF-8''%C3%A4.txt`,
      contentType: 'text/plain; charset=utf-8',
    });
    const part = await send({ ...named, headers: { range: 'bytes=2-5' } });
    expect(part.status).toBe(206);
    expect(await part.text()).toBe('2345');
    expect(part.headers.get('content-range')).toBe('bytes 2-5/10');
    expect(part.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(part.headers.get('content-disposition')).toBe(
      `attachment; filename="a b.txt"; filename*=UTF-8''%C3%A4.txt`,
    );
  });

  declare('reads nothing when it expired, or was signed for another key', async () => {
    const { objects } = given;
    const [object, other] = [newObject(), newObject()];
    for (const each of [object, other]) {
      await objects.create(each, BYTES, await checksum('SHA256', BYTES));
    }
    const expired = await anHourAgo(() => objects.presigner.get(object.key));
    const request = await objects.presigner.get(object.key);
    expect((await send(expired)).status).toBe(403);
    expect((await send(to(request, object.key, other.key))).status).toBe(403);
  });

  declare('is needed: nobody reads or writes without a signature', async () => {
    const { objects } = given;
    const object = newObject();
    await objects.create(object, BYTES, await checksum('SHA256', BYTES));
    const { url } = await objects.presigner.get(object.key);
    const bare = new URL(url);
    bare.search = '';
    expect((await fetch(bare)).status).toBe(403);
    expect((await fetch(bare, { method: 'PUT', body: 'others' })).status).toBe(403);
    expect((await fetch(bare, { method: 'DELETE' })).status).toBe(403);
    await expectContent(objects, object.key, BYTES);
  });

  for (const algorithm of [undefined, ...CHECKSUM_ALGORITHMS]) {
    const what = algorithm ? `the given ${algorithm}` : 'no checksum given';
    declare(`writes an object with ${what}`, async () => {
      const { objects } = given;
      const object = newObject();
      const sum = algorithm && (await checksum(algorithm, BYTES));
      const request = await objects.presigner.put(object, {
        size: BYTES.byteLength,
        ...(sum && { checksum: sum }),
      });
      expect((await send(request, BYTES)).status).toBe(200);
      expect(await objects.head(object.key)).toMatchObject({
        size: BYTES.byteLength,
        contentType: object.contentType,
        description: object.description,
        ...(sum && { checksum: sum }),
      });
      await expectContent(objects, object.key, BYTES);
    });
  }

  declare('writes an object that has a checksum although none was given', async () => {
    const { objects } = given;
    const object = newObject();
    await send(await objects.presigner.put(object, { size: BYTES.byteLength }), BYTES);
    expect((await objects.head(object.key))?.checksum).toEqual(await checksum('CRC64NVME', BYTES));
  });

  declare('writes an object of no bytes', async () => {
    const { objects } = given;
    const object = newObject();
    const request = await objects.presigner.put(object, { size: 0 });
    expect((await send(request, Buffer.of())).status).toBe(200);
    await expectContent(objects, object.key, Buffer.of());
  });

  const otherKey = randomUUID();
  for (const [what, sent, body] of [
    ['a byte too many', (request) => request, Buffer.from('0123456789+')],
    ['a byte too few', (request) => request, Buffer.from('012345678')],
    ['another type', (request) => withHeader(request, 'content-type', 'text/html')],
    ['another checksum', (request) => withHeader(request, 'x-amz-checksum-sha256', 'A'.repeat(44))],
    ['another owner', (request) => withHeader(request, 'x-amz-meta-owner', 'ZXZl')],
    ['another key', (request, key) => to(request, key, otherKey)],
    ['no type', (request) => without(request, 'content-type')],
    ['no checksum', (request) => without(request, 'x-amz-checksum-sha256')],
    ['no condition', (request) => without(request, 'if-none-match')],
    ['no description', (request) => without(request, 'x-amz-meta-file-name')],
  ] as [
    string,
    (request: PresignedRequest, key: string) => PresignedRequest,
    Buffer<ArrayBuffer>?,
  ][]) {
    declare(`writes nothing when it is sent with ${what}`, async () => {
      const { objects } = given;
      const object = newObject();
      const request = await objects.presigner.put(object, {
        size: BYTES.byteLength,
        checksum: await checksum('SHA256', BYTES),
      });
      expect((await send(sent(request, object.key), body ?? BYTES)).status).toBe(403);
      await expectNothing(objects, object.key);
      await expectNothing(objects, otherKey);
    });
  }

  declare('writes nothing when the bytes are not those of its checksum', async () => {
    const { objects } = given;
    for (const algorithm of CHECKSUM_ALGORITHMS) {
      const object = newObject();
      const request = await objects.presigner.put(object, {
        size: BYTES.byteLength,
        checksum: await checksum(algorithm, BYTES),
      });
      expect((await send(request, Buffer.from('9876543210'))).status).toBe(400);
      await expectNothing(objects, object.key);
    }
  });

  declare('writes nothing when it expired', async () => {
    const { objects } = given;
    const object = newObject();
    const request = await anHourAgo(() => objects.presigner.put(object, { size: 10 }));
    expect((await send(request, BYTES)).status).toBe(403);
    await expectNothing(objects, object.key);
  });

  declare('writes once: an object is never overwritten with it', async () => {
    const { objects } = given;
    const object = newObject();
    const request = await objects.presigner.put(object, { size: BYTES.byteLength });
    expect((await send(request, BYTES)).status).toBe(200);
    expect((await send(request, Buffer.from('9876543210'))).status).toBe(412);
    await expectContent(objects, object.key, BYTES);
  });

  declare('writes one part of an upload, of the size and checksum it says', async () => {
    const { objects } = given;
    const upload = await objects.multipart.start(newObject());
    const { value: crc64nvme } = await checksum('CRC64NVME', BYTES);
    const size = BYTES.byteLength;
    const free = await objects.presigner.part(upload, 1);
    const exact = await objects.presigner.part(upload, 2, { size, crc64nvme });
    const etags = [await send(free, BYTES), await send(exact, BYTES)].map((response) => {
      expect(response.status).toBe(200);
      return response.headers.get('etag') ?? '';
    });
    expect(await objects.multipart.listParts(upload)).toEqual([
      { partNumber: 1, etag: etags[0], size },
      { partNumber: 2, etag: etags[1], size },
    ]);
    await objects.multipart.abort(upload);
    expect((await send(exact, BYTES)).status).toBe(404);
  });

  for (const [what, sent, body, status] of [
    ['a byte too many', (request) => request, Buffer.from('0123456789+'), 403],
    ['a byte too few', (request) => request, Buffer.from('012345678'), 403],
    ['other bytes', (request) => request, Buffer.from('9876543210'), 400],
    [
      'another checksum',
      (request) => withHeader(request, 'x-amz-checksum-crc64nvme', 'AAAAAAAAAAA='),
      BYTES,
      403,
    ],
    ['no checksum', (request) => without(request, 'x-amz-checksum-crc64nvme'), BYTES, 403],
    ['another number', (request) => to(request, 'partNumber=1', 'partNumber=2'), BYTES, 403],
  ] as [string, (request: PresignedRequest) => PresignedRequest, Buffer<ArrayBuffer>, number][]) {
    declare(`writes no part when it is sent with ${what}`, async () => {
      const { objects } = given;
      const upload = await objects.multipart.start(newObject());
      const { value: crc64nvme } = await checksum('CRC64NVME', BYTES);
      const request = await objects.presigner.part(upload, 1, { size: 10, crc64nvme });
      expect((await send(sent(request), body)).status).toBe(status);
      expect(await objects.multipart.listParts(upload)).toEqual([]);
    });
  }

  declare('writes no part when it expired', async () => {
    const { objects } = given;
    const upload = await objects.multipart.start(newObject());
    const request = await anHourAgo(() => objects.presigner.part(upload, 1, { size: 10 }));
    expect((await send(request, BYTES)).status).toBe(403);
    expect(await objects.multipart.listParts(upload)).toEqual([]);
  });
}
