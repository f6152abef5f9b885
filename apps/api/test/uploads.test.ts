import { randomBytes, randomUUID } from 'node:crypto';
import type { FileMetadata, UploadState } from '@file-upload/shared-types';
import { checksumOf } from '@file-upload/storage';
import { EVERY_FILE } from '@file-upload/workflow';
import { json, startService } from './service.ts';
import { startCompleteService, type CompleteService } from './running-workflow.ts';
import { partOf, send, uploadClient } from './upload-client.ts';

const MIB = 1024 ** 2;
const SMALL = randomBytes(20_000);
const LARGE = randomBytes(20 * MIB + 7);
const WRONG = 'AAAAAAAAAAA=';

let service: CompleteService;
beforeAll(async () => {
  service = await startCompleteService();
});
afterAll(() => service.close());

const client = uploadClient(() => service.url);
const crcOf = async (bytes: Uint8Array) => ({
  algorithm: 'CRC64NVME' as const,
  value: await checksumOf('CRC64NVME', bytes),
});
const contentOf = async (fileId: string) =>
  Buffer.from(await (await fetch(`${service.url}/files/${fileId}/content`)).arrayBuffer());
const fileOf = async (fileId: string) => await client.call<FileMetadata>('GET', `/files/${fileId}`);
const stateOf = async (fileId: string) =>
  await client.call<UploadState>('GET', `/uploads/${fileId}`);
const verdictOn = async (fileId: string) =>
  await service.workflow.announcement(({ file_id }) => file_id === fileId);

/** Sends every part of `bytes`. */
async function sendParts(fileId: string, plan: { part_size: number; part_count: number }) {
  const numbers = Array.from({ length: plan.part_count }, (_, i) => i + 1);
  const signed = await client.sign(fileId, numbers);
  return await Promise.all(
    signed.map(async (part) => {
      const bytes = partOf(LARGE, { type: 'multipart', ...plan }, part.part_number);
      const response = await send(part, bytes);
      expect(response.status).toBe(200);
      return { part_number: part.part_number, etag: response.headers.get('etag') ?? '' };
    }),
  );
}

describe('a small file', () => {
  test('is opened with a request for exactly these bytes, sent, and completed', async () => {
    const checksum = await crcOf(SMALL);
    const opened = await client.open({
      file_name: 'grüße.txt',
      file_size: SMALL.length,
      content_type: 'application/x-sample',
      checksum,
    });
    expect(opened.status).toBe(201);
    const { file_id, expires_at, upload } = opened.body;
    expect(opened.headers.get('location')).toBe(`/uploads/${file_id}`);
    expect(opened.headers.get('cache-control')).toBe('no-store');
    expect(Date.parse(expires_at)).toBeGreaterThan(Date.now());
    if (upload.type !== 'single') throw new Error('It goes in one request.');
    expect(upload.method).toBe('PUT');
    expect(Object.keys(upload.headers)).not.toContain('content-length');
    expect((await fileOf(file_id)).body).toMatchObject({
      validation_status: 'PENDING',
      file_size: SMALL.length,
    });

    expect((await send(upload, SMALL)).status).toBe(200);
    const { status, headers, body } = await client.complete(file_id);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/files/${file_id}`);
    expect(body.metadata).toMatchObject({
      file_id,
      file_name: 'grüße.txt',
      content_type: 'application/x-sample',
      file_size: SMALL.length,
      checksum,
    });
    expect((await contentOf(file_id)).equals(SMALL)).toBe(true);
    expect(await verdictOn(file_id)).toMatchObject({ event: 'file_uploaded' });
  });

  test('becomes VALID although nobody completes it', async () => {
    const { file_id, request } = await client.openSingle({
      file_name: 'a.bin',
      file_size: SMALL.length,
    });
    await send(request, SMALL);
    expect(await verdictOn(file_id)).toMatchObject({ event: 'file_uploaded' });
    expect((await fileOf(file_id)).body).toMatchObject({
      validation_status: 'VALID',
      checksum: await crcOf(SMALL),
    });
    const { status, body } = await client.complete(file_id);
    expect([status, body.metadata.validation_status]).toEqual([201, 'VALID']);
  });

  test('may be empty', async () => {
    const { file_id, request } = await client.openSingle({ file_name: 'empty', file_size: 0 });
    expect((await send(request, Buffer.of())).status).toBe(200);
    expect((await client.complete(file_id)).body.metadata).toMatchObject({ file_size: 0 });
  });

  test('is verified by its SHA-256', async () => {
    const checksum = { algorithm: 'SHA256' as const, value: await checksumOf('SHA256', LARGE) };
    const { file_id, request } = await client.openSingle({
      file_name: 'a.bin',
      file_size: LARGE.length,
      checksum,
    });
    expect((await send(request, LARGE)).status).toBe(200);
    expect((await client.complete(file_id)).body.metadata.checksum).toEqual(checksum);
  });

  test('is not complete before its bytes arrived, and tells how to send them', async () => {
    const { file_id } = await client.openSingle({ file_name: 'a.bin', file_size: SMALL.length });
    expect(await client.complete(file_id)).toMatchObject({
      status: 409,
      body: { code: 'FILE_NOT_READY' },
    });
    const { body } = await stateOf(file_id);
    expect(body).toMatchObject({ file_id, uploaded_parts: [], upload: { type: 'single' } });
    if (body.upload?.type !== 'single') throw new Error('It goes in one request.');
    expect((await send(body.upload, SMALL)).status).toBe(200);
    expect((await stateOf(file_id)).body).toMatchObject({
      expires_at: null,
      upload: null,
      metadata: { file_size: SMALL.length },
    });
  });

  test('carries its declared size, so that its row can be rebuilt and compared', async () => {
    const { file_id, request } = await client.openSingle({
      file_name: 'a.bin',
      file_size: SMALL.length,
    });
    await send(request, SMALL);
    const { metadata } = (await client.complete(file_id)).body;
    const object = await service.stores.objects.head(metadata.s3_key);
    expect(object?.description?.declaredSize).toBe(SMALL.length);
  });
});

describe('a large file', () => {
  const file = { file_name: 'large.bin', file_size: LARGE.length };

  test('goes in parts, in any order, is resumed from its state alone, and is verified as a whole', async () => {
    const checksum = await crcOf(LARGE);
    const { file_id, plan } = await client.openParts({ ...file, checksum });
    expect(plan).toEqual({ type: 'multipart', part_size: 8 * MIB, part_count: 3 });

    const [third] = await client.sign(file_id, [3]);
    expect((await send(third!, partOf(LARGE, plan, 3))).status).toBe(200);

    const { body: state } = await stateOf(file_id);
    expect(state).toMatchObject({
      upload: plan,
      uploaded_parts: [{ part_number: 3, size: 4 * MIB + 7 }],
      metadata: { file_name: 'large.bin', file_size: LARGE.length, validation_status: 'PENDING' },
    });
    const parts = await client.sign(file_id, [2, 1]);
    for (const part of parts) {
      const { part_number } = part;
      expect((await send(part, partOf(LARGE, plan, part_number))).status).toBe(200);
    }
    const { status, body } = await client.complete(file_id);
    expect([status, body.metadata.checksum]).toEqual([201, checksum]);
    expect((await contentOf(file_id)).equals(LARGE)).toBe(true);
    expect(await verdictOn(file_id)).toMatchObject({ event: 'file_uploaded' });
    expect((await stateOf(file_id)).body).toMatchObject({ upload: null, uploaded_parts: [] });
  });

  test('takes a list of parts, with quotes around their ETags or without', async () => {
    const { file_id, plan } = await client.openParts(file);
    const parts = await sendParts(file_id, plan);
    const bare = parts.map((part) => ({ ...part, etag: part.etag.replaceAll('"', '') }));
    expect((await client.complete(file_id, { parts: bare.reverse() })).status).toBe(201);
    expect((await client.complete(file_id, { parts })).status).toBe(201);
  });

  test('is one file when two complete it at once', async () => {
    const { file_id, plan } = await client.openParts(file);
    const parts = await sendParts(file_id, plan);
    const answers = await Promise.all(
      [undefined, { parts }, {}, undefined].map((body) => client.complete(file_id, body)),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect((await contentOf(file_id)).equals(LARGE)).toBe(true);
    const objects = await Array.fromAsync(service.stores.objects.list(file_id));
    expect(objects).toHaveLength(1);
  });

  test('is refused at its end when the checksum of the whole is wrong, and never VALID', async () => {
    const { file_id, plan } = await client.openParts({
      ...file,
      checksum: { algorithm: 'CRC64NVME', value: WRONG },
    });
    await sendParts(file_id, plan);
    const refused = { status: 400, body: { code: 'CHECKSUM_MISMATCH' } };
    expect(await client.complete(file_id)).toMatchObject(refused);
    expect(await client.complete(file_id)).toMatchObject(refused);
    expect((await fileOf(file_id)).body.validation_status).toBe('PENDING');
    expect((await client.abort(file_id)).status).toBe(204);
    expect((await fileOf(file_id)).status).toBe(404);
    expect(await service.stores.objects.multipart.list(file_id)).toEqual([]);
  });

  test('verifies the checksum of each part that is given one', async () => {
    const { file_id, plan } = await client.openParts(file);
    const first = partOf(LARGE, plan, 1);
    const right = await checksumOf('CRC64NVME', first);
    const [wrong, good] = [
      await client.sign(file_id, [1], [WRONG]),
      await client.sign(file_id, [1], [right]),
    ];
    expect((await send(wrong[0]!, first)).status).toBe(400);
    expect((await send(good[0]!, first)).status).toBe(200);
  });

  test('is planned so that ten thousand parts suffice', async () => {
    const file_size = 40 * 1024 ** 4;
    const { file_id, plan } = await client.openParts({ file_name: 'huge', file_size });
    expect(plan.part_count).toBeLessThanOrEqual(10_000);
    expect(plan.part_size * plan.part_count).toBeGreaterThanOrEqual(file_size);
    expect(plan.part_size * (plan.part_count - 1)).toBeLessThan(file_size);
    expect(await client.sign(file_id, [1, plan.part_count])).toHaveLength(2);
    await client.abort(file_id);
  });
});

describe('Idempotency-Key', () => {
  const key = () => ({ 'idempotency-key': randomUUID() });
  const large = { file_name: 'a.bin', file_size: LARGE.length };

  test('makes an upload in parts that is opened eight times at once one upload', async () => {
    const headers = key();
    const opened = await Promise.all(
      Array.from({ length: 8 }, () => client.openParts(large, headers)),
    );
    const [{ file_id, plan }] = opened as [(typeof opened)[0]];
    expect(new Set(opened.map((each) => each.file_id)).size).toBe(1);
    expect(await service.stores.objects.multipart.list(file_id)).toHaveLength(1);
    await sendParts(file_id, plan);
    expect((await client.complete(file_id)).status).toBe(201);
  });

  test('answers the same after the upload is finished, and the bytes cannot be replaced', async () => {
    const headers = key();
    const file = { file_name: 'a.bin', file_size: 5 };
    const first = await client.open(file, headers);
    if (first.body.upload.type !== 'single') throw new Error('It goes in one request.');
    await send(first.body.upload, Buffer.from('first'));
    await client.complete(first.body.file_id);

    const again = await client.open(file, headers);
    expect(again.status).toBe(201);
    expect(again.body).toMatchObject({
      file_id: first.body.file_id,
      expires_at: first.body.expires_at,
    });
    if (again.body.upload.type !== 'single') throw new Error('It goes in one request.');
    expect((await send(again.body.upload, Buffer.from('other'))).status).toBe(412);
    expect((await contentOf(first.body.file_id)).toString()).toBe('first');
  });

  test.each([
    ['size', { file_size: 6 }],
    ['name', { file_name: 'b.bin' }],
    ['type', { content_type: 'text/plain' }],
    ['checksum', { checksum: { algorithm: 'CRC64NVME' as const, value: WRONG } }],
  ])('of another upload is refused where the %s differs', async (_, other) => {
    const headers = key();
    const file = { file_name: 'a.bin', file_size: 5 };
    expect((await client.open(file, headers)).status).toBe(201);
    expect(await client.open({ ...file, ...other }, headers)).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
  });

  test.each([
    ['in one request', 5],
    ['in parts', LARGE.length],
  ])('of an aborted upload %s is refused, and leaves no parts', async (_, file_size) => {
    const headers = key();
    const file = { file_name: 'a.bin', file_size };
    const { file_id } = (await client.open(file, headers)).body;
    await client.abort(file_id);
    const again = await client.open(file, headers);
    expect([again.status, again.body.code]).toEqual([409, 'CONFLICT']);
    await client.abort(file_id);
    expect(await service.stores.objects.multipart.list(file_id)).toEqual([]);
  });

  test('of an upload is refused by POST /files, and the other way round', async () => {
    const inline = { file_content: 'aGVsbG8=', file_name: 'a.bin' };
    const direct = { file_name: 'a.bin', file_size: 5 };
    const refused = { status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } };
    const [one, other] = [key(), key()];
    await client.open(direct, one);
    expect(await client.call('POST', '/files', inline, one)).toMatchObject(refused);
    await client.call('POST', '/files', inline, other);
    expect(await client.open(direct, other)).toMatchObject(refused);
  });
});

describe('what is not stored', () => {
  test.each([
    ['an unknown member', { file_name: 'a', file_size: 1, size: 1 }, 'INVALID_REQUEST'],
    ['no name', { file_size: 1 }, 'INVALID_FILE_NAME'],
    ['a name with a path in it', { file_name: '../a', file_size: 1 }, 'INVALID_FILE_NAME'],
    ['no size', { file_name: 'a' }, 'INVALID_REQUEST'],
    ['a size below 0', { file_name: 'a', file_size: -1 }, 'INVALID_REQUEST'],
    ['a size in text', { file_name: 'a', file_size: '1' }, 'INVALID_REQUEST'],
    [
      'a malformed type',
      { file_name: 'a', file_size: 1, content_type: 'x' },
      'INVALID_CONTENT_TYPE',
    ],
    ['more bytes than S3 takes', { file_name: 'a', file_size: 49 * 1024 ** 4 }, 'FILE_TOO_LARGE'],
    [
      'a SHA-256 that the store cannot verify',
      {
        file_name: 'a',
        file_size: 6 * 1024 ** 3,
        checksum: { algorithm: 'SHA256', value: `${'A'.repeat(43)}=` },
      },
      'CHECKSUM_NOT_SUPPORTED',
    ],
  ])('is refused at opening: %s', async (_, body, code) => {
    const answer = await client.call<{ code: string }>('POST', '/uploads', body);
    expect(answer.body.code).toBe(code);
    expect(answer.status).toBe(code === 'FILE_TOO_LARGE' ? 413 : 400);
  });

  test('is refused at opening by the rules of the service', async () => {
    const strict = await startService({
      settings: {
        rules: {
          ...EVERY_FILE,
          types: { allowed: ['image/*'], denied: [] },
          maxFileBytes: 100,
          publicRead: false,
        },
      },
    });
    const { open } = uploadClient(() => strict.url);
    const file = { file_name: 'a.png', file_size: 100, content_type: 'image/png' };
    const answers = [
      await open(file),
      await open({ ...file, file_size: 101 }),
      await open({ ...file, content_type: 'text/html' }),
      await open({ ...file, visibility: 'public' }),
    ];
    await strict.close();
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [201, undefined],
      [413, 'FILE_TOO_LARGE'],
      [415, 'CONTENT_TYPE_NOT_ALLOWED'],
      [403, 'PUBLIC_FILES_NOT_ALLOWED'],
    ]);
  });

  test('is an upload that nobody opened, for every route', async () => {
    const id = randomUUID();
    const notFound = { status: 404, body: { code: 'UPLOAD_NOT_FOUND' } };
    expect(await stateOf(id)).toMatchObject(notFound);
    expect(await client.complete(id)).toMatchObject(notFound);
    const parts = { part_numbers: [1] };
    expect(await client.call('POST', `/uploads/${id}/parts`, parts)).toMatchObject(notFound);
    expect((await client.abort(id)).status).toBe(204);
    expect((await json(await fetch(`${service.url}/uploads/x`))).code).toBe('INVALID_FILE_ID');
  });
});
