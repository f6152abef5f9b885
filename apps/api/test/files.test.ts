import { createHash, randomBytes } from 'node:crypto';
import {
  LIMITS,
  type FileList,
  type FileMetadata,
  type FileValidation,
} from '@file-upload/shared-types';
import { formOf, json, startService, type Service } from './service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const post = (body: FormData | object, headers: Record<string, string> = {}) =>
  fetch(`${service.url}/files`, {
    method: 'POST',
    ...(body instanceof FormData
      ? { body, headers }
      : {
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json', ...headers },
        }),
  });
const get = (path: string, init?: RequestInit) => fetch(`${service.url}${path}`, init);
const content = async (id: string, init?: RequestInit) => await get(`/files/${id}/content`, init);

async function stored(bytes: Uint8Array | string, name?: string, fields?: Record<string, string>) {
  const response = await post(formOf(bytes, name, fields));
  expect(response.status).toBe(201);
  return await json(response);
}

describe('POST /files', () => {
  test('stores a form and answers with where it is and what it is', async () => {
    const response = await post(formOf('hello', 'hello world.txt', { content_type: 'text/plain' }));
    const body = await json(response);

    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/files/${body.file_id}`);
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(body).toEqual({
      message: 'File uploaded successfully.',
      file_id: body.file_id,
      file_url: `${service.url}/files/${body.file_id}/content`,
      metadata: {
        file_id: body.file_id,
        file_name: 'hello world.txt',
        content_type: 'text/plain',
        file_size: 5,
        s3_key: `${body.file_id}/hello_world.txt`,
        file_url: `${service.url}/files/${body.file_id}/content`,
        upload_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        validation_status: 'UPLOADED',
        visibility: 'private',
        owner: 'anonymous',
        checksum: { algorithm: 'CRC64NVME', value: 'M3eFcAZSQlc=' },
      },
    });
  });

  function withFieldsLast(bytes: Uint8Array) {
    const form = formOf(bytes, 'first.bin');
    const value = createHash('sha256').update(bytes).digest('base64');
    form.append('checksum', JSON.stringify({ algorithm: 'SHA256', value }));
    form.append('file_name', 'last.bin');
    return form;
  }

  test('takes the fields of a form after a file that is held in memory', async () => {
    const bytes = randomBytes(LIMITS.lambdaInlineBytes);
    const { file_id, metadata } = await json(await post(withFieldsLast(bytes)));
    expect(metadata).toMatchObject({
      file_name: 'last.bin',
      file_size: bytes.length,
      checksum: { algorithm: 'SHA256' },
    });
    const read = Buffer.from(await (await content(file_id)).arrayBuffer());
    expect(read.equals(bytes)).toBe(true);
  });

  test('refuses the fields of a form after a file that is streamed', async () => {
    // More than what is read ahead and what may come with it in one piece.
    const bytes = Buffer.alloc(LIMITS.lambdaInlineBytes + 1024 ** 2);
    const response = await post(withFieldsLast(bytes));
    expect(response.status).toBe(400);
    expect(await json(response)).toMatchObject({
      code: 'INVALID_FORM',
      message: 'The field "checksum" comes after the file. Put the file last.',
    });
  });

  test('stores JSON with the bytes in base64', async () => {
    const bytes = randomBytes(10_000);
    const response = await post({
      file_content: bytes.toString('base64'),
      file_name: 'random.bin',
      visibility: 'public',
    });
    const { file_id, metadata } = await json(response);

    expect(response.status).toBe(201);
    expect(metadata).toMatchObject({
      file_name: 'random.bin',
      content_type: 'application/octet-stream',
      file_size: 10_000,
      visibility: 'public',
    });
    expect(Buffer.from(await (await content(file_id)).arrayBuffer())).toEqual(bytes);
  });

  test('stores an empty file', async () => {
    const { file_id, metadata } = await stored('', 'empty');
    expect(metadata.file_size).toBe(0);
    expect(await (await content(file_id)).text()).toBe('');
  });

  test('stores a form that is larger than a part of a multipart upload', async () => {
    const bytes = randomBytes(20 * 1024 ** 2 + 1);
    const { file_id, metadata } = await stored(bytes, 'large.bin');
    expect(metadata.file_size).toBe(bytes.length);
    expect(Buffer.from(await (await content(file_id)).arrayBuffer()).equals(bytes)).toBe(true);
  });

  test.each([
    ['a small file', 1000],
    ['a file in parts', 9 * 1024 ** 2],
  ])('verifies the SHA-256 that the client gives for %s, and records it', async (_, size) => {
    const bytes = randomBytes(size);
    const checksum = {
      algorithm: 'SHA256',
      value: createHash('sha256').update(bytes).digest('base64'),
    };
    const { metadata } = await stored(bytes, 'a.bin', { checksum: JSON.stringify(checksum) });
    expect(metadata.checksum).toEqual(checksum);
  });

  test('takes the name of a JSON upload that has none as unnamed', async () => {
    const { metadata } = await json(await post({ file_content: '' }));
    expect(metadata.file_name).toBe('unnamed');
  });
});

describe('Idempotency-Key', () => {
  const key = () => ({ 'idempotency-key': randomBytes(8).toString('hex') });
  const objectsOf = async (id: string) => await Array.fromAsync(service.stores.objects.list(id));

  test.each([
    ['a small file', 100],
    ['a file in parts', 9 * 1024 ** 2],
  ])('makes %s that is sent twice one file and one object', async (_, size) => {
    const headers = key();
    const bytes = randomBytes(size);
    const first = await json(await post(formOf(bytes, 'a.bin'), headers));
    const again = await post(formOf(bytes, 'a.bin'), headers);

    expect(again.status).toBe(201);
    expect(await json(again)).toEqual(first);
    expect(await objectsOf(first.file_id)).toHaveLength(1);
    expect(await service.stores.objects.multipart.list(first.file_id)).toEqual([]);
  });

  test('makes eight of the same requests at once one file and one object', async () => {
    const headers = key();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post(formOf('same', 'a.txt'), headers).then(json)),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await objectsOf(answers[0]!.file_id)).toHaveLength(1);
  });

  test.each([
    ['content', formOf('other', 'a.txt')],
    ['name', formOf('first', 'b.txt')],
    ['visibility', formOf('first', 'a.txt', { visibility: 'public' })],
    ['content_type', formOf('first', 'a.txt', { content_type: 'text/plain' })],
  ])('refuses a key that was used with another %s', async (_, other) => {
    const headers = key();
    const { file_id } = await json(await post(formOf('first', 'a.txt'), headers));
    const response = await post(other, headers);

    expect(response.status).toBe(422);
    expect(await json(response)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await (await content(file_id)).text()).toBe('first');
    expect(await objectsOf(file_id)).toHaveLength(1);
  });

  test('reads the same file by JSON and by form as the same', async () => {
    const headers = key();
    const fields = { content_type: 'text/plain' };
    const first = await json(await post(formOf('hello', 'a.txt', fields), headers));
    const file = { file_content: 'aGVsbG8=', file_name: 'a.txt', ...fields };
    expect(await json(await post(file, headers))).toEqual(first);
  });
});

describe('GET /files', () => {
  test('lists the newest first, page by page, without gaps or doubles', async () => {
    const own = await startService();
    try {
      const ids: string[] = [];
      for (let file = 0; file < 7; file++) {
        const body = formOf(String(file));
        ids.push((await json(await fetch(`${own.url}/files`, { method: 'POST', body }))).file_id);
      }
      const seen: string[] = [];
      let cursor: string | null = '';
      do {
        const query: string = cursor && `&cursor=${cursor}`;
        const page: FileList = await json<FileList>(
          await fetch(`${own.url}/files?limit=3${query}`),
        );
        seen.push(...page.files.map(({ file_id }) => file_id));
        cursor = page.next_cursor;
      } while (cursor !== null);
      expect(seen).toEqual(ids.reverse());
    } finally {
      await own.close();
    }
  });

  test('lists those with a status alone', async () => {
    const { file_id } = await stored('to be validated');
    await get(`/files?file_id=${file_id}`);
    const { files } = await json<FileList>(await get('/files?status=VALID'));
    expect(files.map((file) => file.file_id)).toContain(file_id);
    expect(new Set(files.map((file) => file.validation_status))).toEqual(new Set(['VALID']));
  });
});

describe('GET /files?file_id=', () => {
  test('records and returns that a file is valid', async () => {
    const { file_id } = await stored('valid');
    const response = await get(`/files?file_id=${file_id}`);
    expect(response.status).toBe(200);
    expect(await json<FileValidation>(response)).toMatchObject({
      message: 'The file is valid.',
      validation_status: 'VALID',
      metadata: { file_id, validation_status: 'VALID' },
    });
    expect(await json<FileMetadata>(await get(`/files/${file_id}`))).toMatchObject({
      validation_status: 'VALID',
    });
  });

  test('answers 404 and records INVALID when the row exists and the object does not', async () => {
    const { file_id, metadata } = await stored('soon gone');
    await service.stores.objects.remove(metadata.s3_key);
    const response = await get(`/files?file_id=${file_id}`);
    expect(response.status).toBe(404);
    expect(await json(response)).toMatchObject({
      code: 'OBJECT_MISSING',
      validation_status: 'INVALID',
    });
    expect(await json<FileMetadata>(await get(`/files/${file_id}`))).toMatchObject({
      validation_status: 'INVALID',
      validation_error: { code: 'OBJECT_MISSING' },
    });
    expect((await content(file_id)).status).toBe(404);
  });

  test('records INVALID when the bytes are not those that were sent', async () => {
    const { file_id, metadata } = await stored('the real ones');
    const { objects } = service.stores;
    const found = await objects.head(metadata.s3_key);
    await objects.remove(metadata.s3_key);
    const staged = await objects.stage(
      { key: metadata.s3_key, contentType: 'text/plain', description: found!.description! },
      (async function* () {
        yield Buffer.from('the fake ones');
      })(),
      { maxBytes: 100 },
    );
    await staged.commit();
    expect(await json(await get(`/files?file_id=${file_id}`))).toMatchObject({
      validation_status: 'INVALID',
      metadata: { validation_error: { code: 'CHECKSUM_MISMATCH' } },
    });
  });
});

describe('GET /files/{file_id}/content', () => {
  test('redirects to the bytes', async () => {
    const { file_id } = await stored('bytes');
    const response = await content(file_id, { redirect: 'manual' });
    expect(response.status).toBe(307);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('location')).toContain(service.embedded.s3Endpoint);
  });

  test.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=8-', 206, '89', 'bytes 8-9/10'],
    ['bytes=8-100', 206, '89', 'bytes 8-9/10'],
  ])('answers the range %s', async (range, status, text, contentRange) => {
    const { file_id } = await stored('0123456789');
    const response = await content(file_id, { headers: { range } });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-range')).toBe(contentRange);
    expect(await response.text()).toBe(text);
  });

  test('answers 416 to a range past the end', async () => {
    const { file_id } = await stored('0123456789');
    expect((await content(file_id, { headers: { range: 'bytes=10-' } })).status).toBe(416);
  });

  test('answers HEAD with what GET would answer, without the bytes', async () => {
    const { file_id } = await stored('0123456789');
    const response = await content(file_id, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('10');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
  });

  test('answers conditional requests', async () => {
    const { file_id } = await stored('conditional');
    const etag = (await content(file_id)).headers.get('etag')!;
    expect((await content(file_id, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await content(file_id, { headers: { 'if-match': '"other"' } })).status).toBe(412);
  });

  test.each([
    ['image/png', '', 'inline'],
    ['image/png', '?download=1', 'attachment'],
    ['text/html', '', 'attachment'],
    ['image/svg+xml', '', 'attachment'],
    ['IMAGE/SVG+XML', '', 'attachment'],
    ['text/xml', '', 'attachment'],
    ['application/javascript', '', 'attachment'],
    ['application/octet-stream', '', 'attachment'],
  ])('serves %s with %j as %s', async (content_type, query, disposition) => {
    const { file_id } = await stored('x', 'x', { content_type, file_name: 'naïve "file".txt' });
    const response = await get(`/files/${file_id}/content${query}`);
    expect(response.headers.get('content-disposition')).toMatch(
      new RegExp(`^${disposition}; filename=.*; filename\\*=UTF-8''na%C3%AFve%20%22file%22.txt$`),
    );
  });

  test('serves files from another origin than the API, which runs nothing', async () => {
    const { file_id } = await stored('<script>', 'a.html', { content_type: 'text/html' });
    const redirect = await content(file_id, { redirect: 'manual' });
    expect(new URL(redirect.headers.get('location')!).origin).not.toBe(service.url);
    expect(redirect.headers.get('x-content-type-options')).toBe('nosniff');
    expect(redirect.headers.get('content-security-policy')).toContain('sandbox');
  });
});

describe('DELETE /files/{file_id}', () => {
  test('removes the row and the object, also the second time', async () => {
    const { file_id, metadata } = await stored('to be deleted');
    for (let time = 1; time <= 2; time++) {
      expect((await get(`/files/${file_id}`, { method: 'DELETE' })).status).toBe(204);
    }
    expect((await get(`/files/${file_id}`)).status).toBe(404);
    expect((await content(file_id)).status).toBe(404);
    expect(await service.stores.objects.head(metadata.s3_key)).toBeUndefined();
    const { files } = await json<FileList>(await get('/files'));
    expect(files.map((file) => file.file_id)).not.toContain(file_id);
  });
});
