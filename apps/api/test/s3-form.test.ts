import { anHourAgo } from '@file-upload/storage/an-hour-ago';
import { LIMITS, type FileMetadata, type UppyForm } from '@file-upload/shared-types';
import { EVERY_FILE } from '@file-upload/workflow';
import { signForm } from '../src/uppy-opening.ts';
import { startCompleteService, type CompleteService } from './running-workflow.ts';
import { fileIdOf, post, uppyClient } from './uppy-client.ts';

const MAX_FILE_BYTES = 20;
const BYTES = Buffer.from('0123456789');
const OTHERS = Buffer.from('9876543210');

let service: CompleteService;
beforeAll(async () => {
  service = await startCompleteService({
    settings: {
      rules: {
        ...EVERY_FILE,
        maxFileBytes: MAX_FILE_BYTES,
        types: { allowed: [], denied: ['text/html'] },
      },
    },
  });
});
afterAll(() => service.close());

const uppy = uppyClient(() => service.url);
const keysOf = async (fileId: string) =>
  (await Array.fromAsync(service.stores.objects.list(fileId))).map(({ key }) => key);
const statusOf = async (fileId: string) =>
  (await service.stores.metadata.get(fileId))?.validation_status;
const contentOf = async (fileId: string) =>
  await (await fetch(`${service.url}/files/${fileId}/content`)).text();
const announcementOf = (fileId: string) =>
  service.workflow.announcement(({ file_id }) => file_id === fileId);

async function open(query: Record<string, string> = {}) {
  const { body: form } = await uppy.params({ filename: 'a.txt', type: 'text/plain', ...query });
  return { form, fileId: fileIdOf(form.fields['key']!) };
}
const changed = ({ url, fields }: UppyForm, changes: Record<string, string>) => ({
  url,
  fields: { ...fields, ...changes },
});

/** A policy as the service would not sign it, with the signature of another. */
function tampered({ fields }: UppyForm): string {
  const name = Object.keys(fields).find((field) => field.toLowerCase() === 'policy')!;
  const policy = Buffer.from(fields[name]!, 'base64').toString();
  const wider = policy.replace(/("content-length-range",0,)\d+/, '$1999999');
  expect(wider).not.toBe(policy);
  return Buffer.from(wider).toString('base64');
}

describe('the form of a small file', () => {
  test.each<[string, (form: UppyForm) => Record<string, string>, number, Buffer<ArrayBuffer>?]>([
    ['a byte more than a file may have', () => ({}), 400, Buffer.alloc(MAX_FILE_BYTES + 1)],
    ['another key', ({ fields }) => ({ key: fields['key']!.replace('a.txt', 'b.txt') }), 403],
    [
      'the key of the file itself',
      ({ fields }) => ({ key: fields['key']!.replace('/incoming', '') }),
      403,
    ],
    ['another type', () => ({ 'Content-Type': 'text/html' }), 403],
    ['another owner', () => ({ 'x-amz-meta-owner': 'ZXZl' }), 403],
    ['another visibility', () => ({ 'x-amz-meta-visibility': 'public' }), 403],
    ['the tag of what anybody may read', () => ({ tagging: '<Tagging><TagSet/></Tagging>' }), 403],
    ['a policy that allows more', (form) => ({ Policy: tampered(form) }), 403],
  ])('is refused with %s, and stores nothing', async (_, change, status, bytes = BYTES) => {
    const { form, fileId } = await open();
    expect((await post(changed(form, change(form)), bytes)).status).toBe(status);
    expect(await keysOf(fileId)).toEqual([]);
    expect(await statusOf(fileId)).toBe('PENDING');
  });

  test('is refused once it expired', async () => {
    const { fileId } = await open();
    const row = (await service.stores.metadata.get(fileId))!;
    const expired = await anHourAgo(() => signForm(service.stores, row, MAX_FILE_BYTES));
    expect((await post(expired, BYTES)).status).toBe(403);
    expect(await keysOf(fileId)).toEqual([]);
  });

  test('takes an empty file, and as many bytes as a file may have', async () => {
    for (const size of [0, MAX_FILE_BYTES]) {
      const { form, fileId } = await open();
      expect((await post(form, Buffer.alloc(size))).ok).toBe(true);
      expect((await announcementOf(fileId)).event).toBe('file_uploaded');
    }
  });

  test('allows no more than the store copies in good time, whatever a file may have', async () => {
    const { fileId } = await open();
    const row = (await service.stores.metadata.get(fileId))!;
    const { fields } = await signForm(service.stores, row, LIMITS.maxObjectBytes);
    const [, policy = ''] =
      Object.entries(fields).find(([name]) => name.toLowerCase() === 'policy') ?? [];
    expect(Buffer.from(policy, 'base64').toString()).toContain(
      `["content-length-range",0,${LIMITS.formBytes}]`,
    );
  });

  test('replaces nothing when it is posted again, whatever it brings', async () => {
    const { form, fileId } = await open({ 'metadata[visibility]': 'public' });
    await post(form, BYTES);
    await announcementOf(fileId);
    const before = await service.stores.objects.head(`${fileId}/a.txt`);
    for (const bytes of [OTHERS, BYTES, OTHERS]) {
      expect((await post(form, bytes)).ok).toBe(true);
      expect(await contentOf(fileId)).toBe(BYTES.toString());
      await service.workflow.idle();
    }
    expect(await keysOf(fileId)).toEqual([`${fileId}/a.txt`]);
    expect(await service.stores.objects.head(`${fileId}/a.txt`)).toEqual(before);
    expect(await service.stores.objects.getTags(`${fileId}/a.txt`)).toEqual({
      visibility: 'public',
    });
    expect(await statusOf(fileId)).toBe('VALID');
    expect(service.workflow.announced.filter(({ file_id }) => file_id === fileId)).toHaveLength(1);
  });

  test('makes one file of one of its bytes when it is posted twice at once', async () => {
    const { form, fileId } = await open();
    await Promise.all([post(form, BYTES), post(form, OTHERS)]);
    await announcementOf(fileId);
    await service.workflow.idle();
    expect(await keysOf(fileId)).toEqual([`${fileId}/a.txt`]);
    expect([BYTES.toString(), OTHERS.toString()]).toContain(await contentOf(fileId));
    expect(await statusOf(fileId)).toBe('VALID');
  });

  test.each([
    ['aborted', 'uploads'],
    ['deleted', 'files'],
  ])('brings nothing back once it is %s', async (_, folder) => {
    const { form, fileId } = await open();
    if (folder === 'files') {
      await post(form, BYTES);
      await announcementOf(fileId);
    }
    expect((await uppy.call('DELETE', `/${folder}/${fileId}`)).status).toBe(204);
    await post(form, BYTES);
    await service.workflow.idle();
    expect(await keysOf(fileId)).toEqual([]);
    expect(await statusOf(fileId)).toBeUndefined();
  });

  test('is no upload that another route could go on with', async () => {
    const { fileId } = await open();
    const notFound = { status: 404, body: { code: 'UPLOAD_NOT_FOUND' } };
    expect(await uppy.call('GET', `/uploads/${fileId}`)).toMatchObject(notFound);
    expect(await uppy.call('POST', `/uploads/${fileId}/complete`)).toMatchObject(notFound);
  });

  test('is finished although its row has been lost', async () => {
    const { form, fileId } = await open();
    await service.stores.metadata.remove(fileId);
    await post(form, BYTES);
    await announcementOf(fileId);
    expect(await contentOf(fileId)).toBe(BYTES.toString());
  });

  test.each<[string, Record<string, string>, number, string]>([
    ['no name', { filename: '' }, 400, 'INVALID_FILE_NAME'],
    ['a path', { filename: '../a.txt' }, 400, 'INVALID_FILE_NAME'],
    ['a name of two lines', { filename: 'a\r\nb' }, 400, 'INVALID_FILE_NAME'],
    ['a name that is too long', { filename: 'a'.repeat(256) }, 400, 'INVALID_FILE_NAME'],
    ['a type of two lines', { type: 'text/plain\r\nx: y' }, 400, 'INVALID_CONTENT_TYPE'],
    ['what is no type', { type: 'undefined' }, 400, 'INVALID_CONTENT_TYPE'],
    ['a type that is denied', { type: 'TEXT/html' }, 415, 'CONTENT_TYPE_NOT_ALLOWED'],
    ['an unknown visibility', { 'metadata[visibility]': 'Public' }, 400, 'INVALID_REQUEST'],
  ])('is not to be had with %s', async (_, query, status, code) => {
    const answer = await uppy.params({ filename: 'a.txt', type: 'text/plain', ...query });
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.body.message).toBeTruthy();
  });

  test.each<[string, Record<string, string>]>([
    ['no type', { type: '' }],
    ['metadata that is not set', { 'metadata[visibility]': 'null', 'metadata[caption]': '' }],
    ['metadata that looks like ours', { 'metadata[owner]': 'eve', owner: 'eve', key: 'mine' }],
    ['any letters in its name', { filename: 'Урлаг 年 😀 %2F ${filename}.txt' }],
  ])('is to be had with %s', async (_, query) => {
    const { form, fileId } = await open(query);
    await post(form, BYTES);
    await announcementOf(fileId);
    const { body } = await uppy.call<FileMetadata>('GET', `/files/${fileId}`);
    expect(body).toMatchObject({
      file_name: query['filename'] ?? 'a.txt',
      content_type: query['type'] === '' ? 'application/octet-stream' : 'text/plain',
      visibility: 'private',
      owner: 'anonymous',
    });
  });

  test('is opened by GET alone', async () => {
    const answer = await fetch(`${service.url}/s3/params?filename=a`, { method: 'HEAD' });
    expect(answer.status).toBe(405);
  });
});
