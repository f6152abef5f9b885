import { PutObjectCommand } from '@aws-sdk/client-s3';
import { PUBLIC_READ_TAG } from '@file-upload/shared-types';
import { png } from '@file-upload/workflow/samples';
import { createStores } from '../src/stores.ts';
import { isSigned, locate } from './file-content.ts';
import { formOf, json, startService, type Service } from './service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const PNG = png();
const IMAGE = { content_type: 'image/png', visibility: 'public' };

async function store(bytes: Uint8Array | string, fields: Record<string, string>) {
  const body = formOf(bytes, 'my file+.png', fields);
  return (await json(await fetch(`${service.url}/files`, { method: 'POST', body }))).metadata;
}

/** Has the file examined, as the workflow does. */
async function examine(fileId: string): Promise<string> {
  const answer = await fetch(`${service.url}/files?file_id=${fileId}`);
  return (await json(answer)).validation_status ?? '';
}

test('a public picture that is VALID is at an address that stays, also for a part of it', async () => {
  const { file_id, s3_key } = await store(PNG, IMAGE);
  expect(isSigned(await locate(service.url, file_id))).toBe(true);
  expect(await examine(file_id)).toBe('VALID');

  const url = await locate(service.url, file_id);
  expect(url.href).toBe(
    `${service.embedded.s3Endpoint}/${service.embedded.bucket}/${encodeURI(s3_key)}`,
  );
  expect(await locate(service.url, file_id, { method: 'HEAD' })).toEqual(url);
  expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(PNG);
  const part = await fetch(url, { headers: { range: 'bytes=1-3' } });
  expect([part.status, await part.text()]).toEqual([206, 'PNG']);
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
});

test.each([
  ['of a private file', PNG, { ...IMAGE, visibility: 'private' }, '', 'inline'],
  [
    'of a type that may run something',
    '<p>',
    { ...IMAGE, content_type: 'text/html' },
    '',
    'attach',
  ],
  ['of a file that is to be saved', PNG, IMAGE, '?download=1', 'attach'],
])(
  'the address %s is signed, and says what to do with it',
  async (_, bytes, fields, query, what) => {
    const { file_id } = await store(bytes, fields);
    expect(await examine(file_id)).toBe('VALID');
    const url = await locate(service.url, file_id, { query });
    expect(isSigned(url)).toBe(true);
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toMatch(new RegExp(`^${what}`));
  },
);

test('an INVALID file is read by its signed address alone, which shows what is wrong', async () => {
  const { file_id, s3_key } = await store('<p>no picture', IMAGE);
  expect(await examine(file_id)).toBe('INVALID');
  const url = await locate(service.url, file_id);
  expect(isSigned(url)).toBe(true);
  expect(await (await fetch(url)).text()).toBe('<p>no picture');
  const { s3Endpoint, bucket } = service.embedded;
  expect((await fetch(`${s3Endpoint}/${bucket}/${s3_key}`)).status).toBe(403);
});

test('a public file that turns INVALID loses its public address', async () => {
  const { file_id, s3_key } = await store(PNG, IMAGE);
  await examine(file_id);
  const url = await locate(service.url, file_id);
  const { s3 } = service.stores.clients;
  const { bucket } = service.embedded;
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: s3_key,
      Body: '<p>',
      Tagging: `${PUBLIC_READ_TAG.key}=${PUBLIC_READ_TAG.value}`,
    }),
  );
  expect((await fetch(url)).status).toBe(200);
  expect(await examine(file_id)).toBe('INVALID');
  expect((await fetch(url)).status).toBe(403);
  expect(isSigned(await locate(service.url, file_id))).toBe(true);
});

describe('the public address', () => {
  const AWS = { region: 'eu-west-1', table: 'none' };
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };

  test.each([
    [{ bucket: 'my-files' }, 'https://my-files.s3.eu-west-1.amazonaws.com/a/b.png'],
    // No certificate is for a name with more dots.
    [{ bucket: 'my.files' }, 'https://s3.eu-west-1.amazonaws.com/my.files/a/b.png'],
    [
      { bucket: 'my-files', s3Endpoint: 'http://minio.example:9000' },
      'http://minio.example:9000/my-files/a/b.png',
    ],
  ])('of an object in %j is %s', async (where, expected) => {
    const { objects, clients } = createStores({ ...AWS, credentials, ...where });
    expect(await objects.presigner.publicUrl('a/b.png')).toEqual({ url: expected });
    clients.destroy();
  });

  test.each(['a b', 'a+b', 'a%20b', 'a?b', 'a#b', 'a&b=c', "a'b", 'a(b)!*', 'ü👋', 'a//b', 'a\\b'])(
    'of an object whose key has %s finds it',
    async (name) => {
      const { objects, clients } = service.stores;
      const key = `odd/${name}/x`;
      await clients.s3.send(
        new PutObjectCommand({ Bucket: service.embedded.bucket, Key: key, Body: name }),
      );
      await objects.setTags(key, { [PUBLIC_READ_TAG.key]: PUBLIC_READ_TAG.value });
      const { url } = await objects.presigner.publicUrl(key);
      expect(await (await fetch(url)).text()).toBe(name);
    },
  );
});
