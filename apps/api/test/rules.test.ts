import type { FileList } from '@file-upload/shared-types';
import { EVERY_FILE } from '@file-upload/workflow';
import { png } from '@file-upload/workflow/samples';
import { formOf, json, startService, type Service } from './service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({
    settings: {
      rules: {
        ...EVERY_FILE,
        types: { allowed: ['image/*', 'text/plain'], denied: ['image/svg+xml', 'image/gif'] },
      },
    },
  });
});
afterAll(() => service.close());

const asForm = async (bytes: Uint8Array, type: string) =>
  await fetch(`${service.url}/files`, {
    method: 'POST',
    body: formOf(bytes, 'file', { content_type: type }),
  });
const asJson = async (bytes: Uint8Array, type: string) =>
  await fetch(`${service.url}/files`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      file_content: Buffer.from(bytes).toString('base64'),
      content_type: type,
    }),
  });

describe.each([
  ['a form', asForm],
  ['JSON', asJson],
])('%s', (_, send) => {
  test.each(['application/pdf', 'image/svg+xml', 'IMAGE/GIF', 'application/octet-stream'])(
    'of type %s is refused where that is not accepted, and nothing is stored',
    async (type) => {
      const answer = await send(png(), type);
      expect(answer.status).toBe(415);
      const problem = await json(answer);
      expect(problem.code).toBe('CONTENT_TYPE_NOT_ALLOWED');
      expect(problem.message).toContain(type.toLowerCase());
      const { files } = await json<FileList>(await fetch(`${service.url}/files?status=PENDING`));
      expect(files).toEqual([]);
      expect(await Array.fromAsync(service.stores.objects.list())).toEqual([]);
    },
  );

  test('of a type that is accepted is stored', async () => {
    const answer = await send(png(), 'image/png');
    expect(answer.status).toBe(201);
    const { file_id } = await json(answer);
    await fetch(`${service.url}/files/${file_id}`, { method: 'DELETE' });
  });
});

test('bytes of a type that is denied do not get in under another', async () => {
  const gif = Buffer.from('GIF89a\x03\0\x02\0\x80\0\0\0\0\0\xff\xff\xff;', 'latin1');
  const { file_id } = await json(await asForm(gif, 'text/plain'));
  const answer = await fetch(`${service.url}/files?file_id=${file_id}`);
  const { metadata } = await json(answer);
  expect(metadata.validation_status).toBe('INVALID');
  expect(metadata.validation_error?.code).toMatch(/^CONTENT_TYPE_(MISMATCH|NOT_ALLOWED)$/);
});

describe('a file that is too large for every request', () => {
  const MOST = 2000;
  const refusedBy = async (
    own: Service,
    bytes: number,
    send: (url: string, bytes: Buffer) => Promise<Response>,
  ) => {
    const answer = await send(own.url, Buffer.alloc(bytes));
    const { code, message } = await json(answer);
    expect([answer.status, code]).toEqual([413, 'FILE_TOO_LARGE']);
    expect(await Array.fromAsync(own.stores.objects.list())).toEqual([]);
    return message;
  };
  const sendForm = async (url: string, bytes: Buffer) =>
    await fetch(`${url}/files`, { method: 'POST', body: formOf(bytes) });
  const sendJson = async (url: string, bytes: Buffer) =>
    await fetch(`${url}/files`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ file_content: bytes.toString('base64') }),
    });

  describe.each([
    ['a form', sendForm],
    ['JSON', sendJson],
  ])('%s', (_, send) => {
    // By one byte, by more than what surrounds the file, and by more than any JSON has.
    const SIZES = [MOST + 1, 100_000, 7_000_000];

    test.each(SIZES)(
      'of %i bytes is not pointed to a direct upload where that takes no more',
      async (bytes) => {
        const rules = { ...EVERY_FILE, maxFileBytes: MOST };
        const own = await startService({ settings: { rules } });
        try {
          const message = await refusedBy(own, bytes, send);
          expect(message).toContain(`${MOST} bytes, the most that this service stores`);
          expect(message).not.toContain('/uploads');
          expect((await send(own.url, Buffer.alloc(MOST))).status).toBe(201);
        } finally {
          await own.close();
        }
      },
    );

    test.each(SIZES)('of %i bytes is pointed to it where that takes more', async (bytes) => {
      const own = await startService({ settings: { maxInlineBytes: MOST } });
      try {
        const message = await refusedBy(own, bytes, send);
        expect(message).toContain(`${MOST} bytes, the most that one request takes`);
        expect(message).toContain('POST /uploads');
        expect((await send(own.url, Buffer.alloc(MOST))).status).toBe(201);
      } finally {
        await own.close();
      }
    });
  });
});

test('a body of a request that takes none is refused when it is large, without advice on files', async () => {
  const answer = await fetch(`${service.url}/files/019ab3c2-7e5d-7a41-9c3e-5d2f8b6a1e04`, {
    method: 'DELETE',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify('x'.repeat(2_000_000)),
  });
  expect(answer.status).toBe(413);
  expect((await json(answer)).message).toBe('The body is larger than this request takes.');
});
