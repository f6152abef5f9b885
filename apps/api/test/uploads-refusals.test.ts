import { randomBytes, randomUUID } from 'node:crypto';
import type { MultipartPlan } from '@file-upload/shared-types';
import { anHourAgo } from '@file-upload/storage/an-hour-ago';
import { checksumOf } from '@file-upload/storage';
import { signPlan } from '../src/sign-upload.ts';
import { startCompleteService, type CompleteService } from './running-workflow.ts';
import { partOf, send, uploadClient, type Sendable } from './upload-client.ts';

const MIB = 1024 ** 2;
const BYTES = Buffer.from('0123456789');
const LARGE = randomBytes(17 * MIB);

let service: CompleteService;
beforeAll(async () => {
  service = await startCompleteService();
});
afterAll(() => service.close());

const client = uploadClient(() => service.url);
const objectsOf = async (prefix: string) =>
  await Array.fromAsync(service.stores.objects.list(prefix));
const statusOf = async (fileId: string) =>
  (await client.call<{ validation_status?: string }>('GET', `/files/${fileId}`)).body
    .validation_status;

const withHeader = (request: Sendable, name: string, value: string): Sendable => {
  expect(request.headers[name]).toBeDefined();
  return { ...request, headers: { ...request.headers, [name]: value } };
};
const without = (request: Sendable, name: string): Sendable => {
  const { [name]: removed, ...headers } = request.headers;
  expect(removed).toBeDefined();
  return { ...request, headers };
};
const withOneMore = (request: Sendable, name: string, value: string): Sendable => {
  expect(request.headers[name]).toBeUndefined();
  return { ...request, headers: { ...request.headers, [name]: value } };
};
const elsewhere = (request: Sendable, from: string, to: string): Sendable => {
  expect(request.url).toContain(from);
  return { ...request, url: request.url.replace(from, to) };
};

const otherId = randomUUID();

describe('the request for a small file', () => {
  const open = async () =>
    await client.openSingle({
      file_name: 'a.txt',
      file_size: BYTES.length,
      content_type: 'text/plain',
      checksum: { algorithm: 'CRC64NVME', value: await checksumOf('CRC64NVME', BYTES) },
    });

  test.each([
    ['one byte more', (request) => request, Buffer.from('0123456789+')],
    ['one byte less', (request) => request, Buffer.from('012345678')],
    ['another type', (request) => withHeader(request, 'content-type', 'text/html')],
    ['its type in other letters', (request) => withHeader(request, 'content-type', 'TEXT/plain')],
    ['another key', (request, id) => elsewhere(request, id, otherId)],
    ['another owner', (request) => withHeader(request, 'x-amz-meta-owner', 'ZXZl')],
    ['another size in its description', (r) => withHeader(r, 'x-amz-meta-file-size', '11')],
    ['another checksum', (r) => withHeader(r, 'x-amz-checksum-crc64nvme', 'AAAAAAAAAAA=')],
    ['no checksum', (request) => without(request, 'x-amz-checksum-crc64nvme')],
    ['no condition', (request) => without(request, 'if-none-match')],
    ['a tag that makes it public', (r) => withOneMore(r, 'x-amz-tagging', 'visibility=public')],
    ['an access list of its own', (request) => withOneMore(request, 'x-amz-acl', 'public-read')],
    ['a longer life', (r) => elsewhere(r, 'X-Amz-Expires=', 'X-Amz-Expires=9')],
    ['another method', (request) => ({ ...request, method: 'DELETE' })],
  ] as [string, (request: Sendable, fileId: string) => Sendable, Buffer<ArrayBuffer>?][])(
    'is refused with %s, and stores nothing',
    async (_, changed, bytes = BYTES) => {
      const { file_id, request } = await open();
      expect((await send(changed(request, file_id), bytes)).status).toBe(403);
      expect([...(await objectsOf(file_id)), ...(await objectsOf(otherId))]).toEqual([]);
      expect(await statusOf(file_id)).toBe('PENDING');
      expect((await send(request, BYTES)).status).toBe(200);
    },
  );

  test('is refused with other bytes of the same size, and may be sent again', async () => {
    const { file_id, request } = await open();
    expect((await send(request, Buffer.from('9876543210'))).status).toBe(400);
    expect(await objectsOf(file_id)).toEqual([]);
    expect((await send(request, BYTES)).status).toBe(200);
  });

  test('is refused once it expired', async () => {
    const { file_id } = await open();
    const row = (await service.stores.metadata.get(file_id))!;
    const expired = await anHourAgo(() => signPlan(service.stores, { ...row, expires_at: 1e10 }));
    expect((await send(expired as Sendable, BYTES)).status).toBe(403);
    expect(await objectsOf(file_id)).toEqual([]);
    const { body } = await client.call<{ upload: Sendable }>('GET', `/uploads/${file_id}`);
    expect((await send(body.upload, BYTES)).status).toBe(200);
  });

  test('is refused a second time, whatever the bytes', async () => {
    const { request } = await open();
    expect((await send(request, BYTES)).status).toBe(200);
    expect((await send(request, BYTES)).status).toBe(412);
  });

  test('brings nothing back once the upload is aborted', async () => {
    const { file_id, request } = await open();
    expect((await client.abort(file_id)).status).toBe(204);
    await send(request, BYTES);
    await service.workflow.idle();
    expect(await objectsOf(file_id)).toEqual([]);
    expect(await statusOf(file_id)).toBeUndefined();
    expect((await client.complete(file_id)).body.code).toBe('UPLOAD_NOT_FOUND');
    expect((await client.abort(file_id)).status).toBe(204);
  });

  test('brings nothing back once the file is deleted', async () => {
    const { file_id, request } = await open();
    await send(request, BYTES);
    await service.workflow.announcement((event) => event.file_id === file_id);
    for (const status of [204, 204]) {
      expect((await client.call('DELETE', `/files/${file_id}`)).status).toBe(status);
    }
    await send(request, BYTES);
    await service.workflow.idle();
    expect(await objectsOf(file_id)).toEqual([]);
    expect(await statusOf(file_id)).toBeUndefined();
  });

  test('is what an upload is that has no parts', async () => {
    const { file_id } = await open();
    const answer = await client.call('POST', `/uploads/${file_id}/parts`, { part_numbers: [1] });
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_PART_NUMBER' } });
  });
});

describe('the request for a part', () => {
  let file_id: string;
  let plan: MultipartPlan;
  /** Of another upload, as its requests have it. */
  let otherUpload: string;
  beforeAll(async () => {
    const file = { file_name: 'large.bin', file_size: LARGE.length };
    ({ file_id, plan } = await client.openParts(file));
    const other = await client.openParts(file);
    otherUpload = uploadIdOf((await client.sign(other.file_id, [1]))[0]!);
  });
  const uploadIdOf = ({ url }: Sendable) => new URL(url).searchParams.get('uploadId')!;
  const first = () => partOf(LARGE, plan, 1);
  const sign = async (number = 1) => (await client.sign(file_id, [number]))[0]!;
  const uploaded = async () =>
    (await client.call<{ uploaded_parts: unknown[] }>('GET', `/uploads/${file_id}`)).body
      .uploaded_parts;

  test.each([
    ['one byte more', (request) => request, () => LARGE.subarray(0, plan.part_size + 1)],
    ['one byte less', (request) => request, () => LARGE.subarray(0, plan.part_size - 1)],
    ['another number', (request) => elsewhere(request, 'partNumber=1', 'partNumber=2')],
    ['the number 0', (request) => elsewhere(request, 'partNumber=1', 'partNumber=0')],
    ['the number 10,001', (request) => elsewhere(request, 'partNumber=1', 'partNumber=10001')],
    ['another key', (request) => elsewhere(request, file_id, otherId)],
    ["another upload's id", (request) => elsewhere(request, uploadIdOf(request), otherUpload)],
    ['no upload', (request) => elsewhere(request, `uploadId=${uploadIdOf(request)}`, '')],
  ] as [string, (request: Sendable) => Sendable, (() => Buffer<ArrayBuffer>)?][])(
    'is refused with %s',
    async (_, changed, bytes = first) => {
      expect((await send(changed(await sign()), bytes())).status).toBe(403);
      expect(await uploaded()).toEqual([]);
    },
  );

  // Nobody signs them; the store knows them all the same.
  test.each([
    ['number 0', 0, undefined, 400],
    ['number 10,001', 10_001, undefined, 400],
    ["another upload's id", 1, () => otherUpload, 404],
  ])('is refused with %s even if it were signed', async (_, number, idOf, status) => {
    const { s3_key: key, upload } = (await service.stores.metadata.get(file_id))!;
    if (upload?.type !== 'multipart') throw new Error('It goes in parts.');
    const target = { key, uploadId: idOf?.() ?? upload.upload_id };
    const request = await service.stores.objects.presigner.part(target, number, {
      size: plan.part_size,
    });
    expect((await send(request, first())).status).toBe(status);
    expect(await uploaded()).toEqual([]);
  });

  test('with a checksum is refused without it, with another one, and with other bytes', async () => {
    const checksum = await checksumOf('CRC64NVME', first());
    const [request] = await client.sign(file_id, [1], [checksum]);
    const name = 'x-amz-checksum-crc64nvme';
    expect((await send(without(request!, name), first())).status).toBe(403);
    expect((await send(withHeader(request!, name, 'AAAAAAAAAAA='), first())).status).toBe(403);
    expect((await send(request!, partOf(LARGE, plan, 2))).status).toBe(400);
    expect(await uploaded()).toEqual([]);
  });

  test('is refused once it expired, and signed again', async () => {
    const { s3_key, upload } = (await service.stores.metadata.get(file_id))!;
    if (upload?.type !== 'multipart') throw new Error('It goes in parts.');
    const expired = await anHourAgo(() =>
      service.stores.objects.presigner.part({ key: s3_key, uploadId: upload.upload_id }, 1, {
        size: plan.part_size,
      }),
    );
    expect((await send(expired, first())).status).toBe(403);
    expect((await send(await sign(), first())).status).toBe(200);
  });

  test('of the last part is good for the rest of the bytes alone', async () => {
    const last = partOf(LARGE, plan, 3);
    expect((await send(await sign(3), first())).status).toBe(403);
    expect((await send(await sign(3), last)).status).toBe(200);
  });

  test.each([
    ['number 0', { part_numbers: [0] }, 'INVALID_PART_NUMBER'],
    ['number 10,001', { part_numbers: [10_001] }, 'INVALID_PART_NUMBER'],
    ['a number after the last', { part_numbers: [1, 4] }, 'INVALID_PART_NUMBER'],
    ['no number', { part_numbers: [] }, 'INVALID_PART_NUMBER'],
    ['a number twice', { part_numbers: [1, 1] }, 'INVALID_PART_NUMBER'],
    ['half a number', { part_numbers: [1.5] }, 'INVALID_PART_NUMBER'],
    [
      '1,001 numbers',
      { part_numbers: Array.from({ length: 1001 }, (_, i) => i + 1) },
      'INVALID_PART_NUMBER',
    ],
    ['too few checksums', { part_numbers: [1, 2], checksums: ['AAAAAAAAAAA='] }, 'INVALID_REQUEST'],
    ['a malformed checksum', { part_numbers: [1], checksums: ['x'] }, 'INVALID_REQUEST'],
  ])('is not signed for %s', async (_, body, code) => {
    const answer = await client.call('POST', `/uploads/${file_id}/parts`, body);
    expect(answer).toMatchObject({ status: 400, body: { code } });
  });
});
