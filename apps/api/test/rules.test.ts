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
