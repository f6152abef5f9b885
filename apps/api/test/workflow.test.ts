import { randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  objectKey,
  type FileEvent,
  type FileHistory,
  type FileMetadata,
} from '@file-upload/shared-types';
import { checksumOf } from '@file-upload/storage';
import { derivedId } from '@file-upload/workflow';
import { png } from '@file-upload/workflow/samples';
import { startCompleteService, type CompleteService } from './running-workflow.ts';
import { formOf, json } from './service.ts';

const PNG = png();
const HTML = Buffer.from('<!DOCTYPE html><html><script>alert(1)</script></html>');
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
const EICAR = Buffer.from('X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*');

let service: CompleteService;

beforeAll(async () => {
  service = await startCompleteService();
});
afterAll(() => service.close());

type Fields = Record<string, string>;

async function uploadForm(bytes: Buffer, name: string, fields: Fields = {}): Promise<string> {
  const body = formOf(bytes, name, fields);
  const answer = await fetch(`${service.url}/files`, { method: 'POST', body });
  expect(answer.status).toBe(201);
  return (await json(answer)).file_id;
}

async function uploadJson(bytes: Buffer, name: string, type: string): Promise<string> {
  const answer = await fetch(`${service.url}/files`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      file_name: name,
      content_type: type,
      file_content: bytes.toString('base64'),
    }),
  });
  expect(answer.status).toBe(201);
  return (await json(answer)).file_id;
}

/** What another program puts into the bucket: no row, and no description of its own. */
async function putBehindTheBack(key: string, bytes: Buffer, type: string): Promise<string> {
  await service.stores.clients.s3.send(
    new PutObjectCommand({
      Bucket: service.embedded.bucket,
      Key: key,
      Body: bytes,
      ContentType: type,
    }),
  );
  return derivedId(key);
}

const get = async (fileId: string) =>
  await json<FileMetadata>(await fetch(`${service.url}/files/${fileId}`));
const announcementOf = async (fileId: string) =>
  await service.workflow.announcement(({ file_id }) => file_id === fileId);
const announcementsOf = (fileId: string) =>
  service.workflow.announced.filter(({ file_id }) => file_id === fileId);
const readAnonymously = async (key: string) =>
  (await fetch(`${service.embedded.s3Endpoint}/${service.embedded.bucket}/${key}`)).status;
const historyOf = async (fileId: string) => {
  const row = await service.stores.metadata.get(fileId);
  return (row?.history ?? ([] as FileHistory['history'])).map(({ event }) => event);
};

describe('a file ends VALID and is announced once', () => {
  test.each<[string, () => Promise<string>]>([
    ['as a form', () => uploadForm(PNG, 'a.png', { content_type: 'image/png' })],
    ['as JSON', () => uploadJson(PNG, 'b.png', 'image/png')],
    ['behind the back of the api', () => putBehindTheBack('inbox/c.png', PNG, 'image/png')],
    ['in several parts', () => uploadForm(Buffer.concat([PNG, Buffer.alloc(9_000_000)]), 'd.png')],
  ])('that arrives %s', async (_, upload) => {
    const fileId = await upload();
    const event = await announcementOf(fileId);
    await service.workflow.idle();
    expect(announcementsOf(fileId)).toHaveLength(1);
    expect(event.event).toBe('file_uploaded');
    const file = await get(fileId);
    expect(file).toMatchObject({
      validation_status: 'VALID',
      detected_type: 'image/png',
      image: { width: 3, height: 2 },
      checksum: { algorithm: 'CRC64NVME' },
    });
    const { event: _event, event_id, ...announced } = event;
    expect(announced).toEqual(file);
    expect(event_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await historyOf(fileId)).toEqual(['received', 'validated', 'notified']);
    const { history } = await json<FileHistory>(
      await fetch(`${service.url}/files/${fileId}/history`),
    );
    expect(history.filter(({ retries }) => retries !== undefined)).toEqual([]);
  });
});

test('a file of another program is named after its key, private, and has an id that stays', async () => {
  const fileId = await putBehindTheBack('reports/2026/Übersicht.txt', EICAR, 'text/plain');
  await announcementOf(fileId);
  expect(await get(fileId)).toMatchObject({
    file_name: 'Übersicht.txt',
    s3_key: 'reports/2026/Übersicht.txt',
    visibility: 'private',
    owner: 'anonymous',
    validation_status: 'VALID',
  });
  const content = await fetch(`${service.url}/files/${fileId}/content`);
  expect(Buffer.from(await content.arrayBuffer())).toEqual(EICAR);
});

describe('the verdict', () => {
  test.each<[string, Buffer, string, string, string | undefined]>([
    ['a PNG that says it is a PDF', PNG, 'a.pdf', 'application/pdf', 'CONTENT_TYPE_MISMATCH'],
    ['HTML that says it is a PNG', HTML, 'a.png', 'image/png', 'CONTENT_TYPE_MISMATCH'],
    ['an SVG that says it is a PNG', SVG, 'b.png', 'image/png', 'CONTENT_TYPE_MISMATCH'],
    ['half a PNG', PNG.subarray(0, PNG.length / 2), 'c.png', 'image/png', 'CONTENT_TRUNCATED'],
    ['nothing, as a PNG', Buffer.alloc(0), 'd.png', 'image/png', 'CONTENT_TYPE_MISMATCH'],
    ['nothing', Buffer.alloc(0), 'empty.txt', 'text/plain', undefined],
    ['the EICAR test string', EICAR, 'eicar.txt', 'text/plain', undefined],
    ['an SVG', SVG, 'a.svg', 'image/svg+xml', undefined],
    ['bytes of no type', Buffer.from([1, 2, 3]), 'a.bin', 'application/octet-stream', undefined],
  ])('on %s', async (_, bytes, name, type, code) => {
    const fileId = await uploadForm(bytes, name, { content_type: type, visibility: 'public' });
    const event = await announcementOf(fileId);
    await service.workflow.idle();
    const file = await get(fileId);
    expect(event.event).toBe(code === undefined ? 'file_uploaded' : 'file_rejected');
    expect(file.validation_status).toBe(code === undefined ? 'VALID' : 'INVALID');
    expect(file.validation_error?.code).toBe(code);
    expect(event.validation_error).toEqual(file.validation_error);
    expect(await readAnonymously(file.s3_key)).toBe(code === undefined ? 200 : 403);
    expect(announcementsOf(fileId)).toHaveLength(1);
  });

  test('on bytes whose declared checksum lies', async () => {
    const fileId = randomUUID();
    const key = objectKey(fileId, 'liar.txt');
    const description = {
      fileName: 'liar.txt',
      owner: 'anonymous',
      visibility: 'public' as const,
      uploadTime: new Date().toISOString(),
      declaredChecksum: { algorithm: 'SHA256' as const, value: `${'A'.repeat(43)}=` },
    };
    const checksum = {
      algorithm: 'CRC64NVME' as const,
      value: await checksumOf('CRC64NVME', EICAR),
    };
    await service.stores.objects.create(
      { key, contentType: 'text/plain', description },
      EICAR,
      checksum,
    );
    expect((await announcementOf(fileId)).event).toBe('file_rejected');
    expect((await get(fileId)).validation_error?.code).toBe('CHECKSUM_MISMATCH');
    expect(await readAnonymously(key)).toBe(403);
  });

  test('on a private file keeps it private', async () => {
    const fileId = await uploadForm(PNG, 'private.png', { content_type: 'image/png' });
    await announcementOf(fileId);
    expect(await readAnonymously((await get(fileId)).s3_key)).toBe(403);
  });
});

describe('an event', () => {
  const eventOf = (key: string) =>
    service.workflow.events.find(({ detail }) => detail.object.key === key)!;

  async function storedPng(fields: Fields = {}) {
    const fileId = await uploadForm(PNG, 'x.png', { content_type: 'image/png', ...fields });
    await announcementOf(fileId);
    await service.workflow.idle();
    const { s3_key: key } = await get(fileId);
    return { fileId, key, event: eventOf(key) };
  }

  test('that comes again changes nothing', async () => {
    const { fileId, event } = await storedPng();
    const before = await service.stores.metadata.get(fileId);
    await Promise.all([service.workflow.run(event), service.workflow.run(event)]);
    expect(await service.stores.metadata.get(fileId)).toEqual(before);
    expect(announcementsOf(fileId)).toHaveLength(1);
  });

  test('that comes several times at once announces with one id', async () => {
    const fileId = await uploadForm(PNG, 'y.png', { content_type: 'image/png' });
    const { s3_key: key } = await get(fileId);
    await service.workflow.announcement(({ file_id }) => file_id === fileId);
    const event = eventOf(key);
    await Promise.all(Array.from({ length: 5 }, () => service.workflow.run(event)));
    const ids = new Set(announcementsOf(fileId).map(({ event_id }) => event_id));
    expect(ids.size).toBe(1);
  });

  test('of a file that was deleted does not bring it back', async () => {
    const { fileId, key, event } = await storedPng();
    await fetch(`${service.url}/files/${fileId}`, { method: 'DELETE' });
    await service.workflow.run(event);
    expect((await fetch(`${service.url}/files/${fileId}`)).status).toBe(404);
    expect(await service.stores.objects.head(key)).toBeUndefined();
    expect(announcementsOf(fileId)).toHaveLength(1);
  });

  test('of a file whose deletion got stuck does not bring it back', async () => {
    const { fileId, event } = await storedPng();
    await service.stores.metadata.hide(fileId);
    await service.workflow.run(event);
    expect((await fetch(`${service.url}/files/${fileId}`)).status).toBe(404);
    expect(announcementsOf(fileId)).toHaveLength(1);
  });

  test('of a file whose row was lost brings the row back from the object', async () => {
    const { fileId, event } = await storedPng({ file_name: 'Grüße 👋.png' });
    const before = await get(fileId);
    await service.stores.metadata.remove(fileId);
    await service.workflow.run(event);
    expect(await get(fileId)).toEqual(before);
    expect(new Set(announcementsOf(fileId).map(({ event_id }) => event_id)).size).toBe(1);
  });

  test('of bytes that others have replaced since is left to the event of those', async () => {
    const key = 'inbox/replaced.txt';
    const fileId = await putBehindTheBack(key, EICAR, 'text/plain');
    await announcementOf(fileId);
    await service.workflow.idle();
    const old = eventOf(key);
    await putBehindTheBack(key, Buffer.from('other bytes'), 'text/plain');
    await service.workflow.announcement(
      ({ file_id, event }: FileEvent) => file_id === fileId && event === 'file_rejected',
    );
    expect((await get(fileId)).validation_error?.code).toBe('SIZE_MISMATCH');
    const before = service.workflow.announced.length;
    await service.workflow.run(old);
    expect(service.workflow.announced).toHaveLength(before);
  });

  test('of a public file whose bytes were replaced takes it out of the public', async () => {
    const { fileId, key } = await storedPng({ visibility: 'public' });
    expect(await readAnonymously(key)).toBe(200);
    await putBehindTheBack(key, HTML, 'image/png');
    await service.workflow.announcement(
      ({ file_id, event }) => file_id === fileId && event === 'file_rejected',
    );
    expect(await readAnonymously(key)).toBe(403);
  });

  test('of a row whose object is gone rejects the file', async () => {
    const { fileId, key, event } = await storedPng();
    await service.stores.objects.remove(key);
    await service.workflow.run(event);
    expect((await get(fileId)).validation_error?.code).toBe('OBJECT_MISSING');
    expect(announcementsOf(fileId).map((sent) => sent.event)).toEqual([
      'file_uploaded',
      'file_rejected',
    ]);
  });

  test('of a folder is no file', async () => {
    const fileId = await putBehindTheBack('inbox/folder/', Buffer.alloc(0), 'text/plain');
    await service.workflow.idle();
    expect((await fetch(`${service.url}/files/${fileId}`)).status).toBe(404);
  });

  test('of a key that pretends to be of another file leaves that alone', async () => {
    const { fileId } = await storedPng();
    const before = await get(fileId);
    const alien = await putBehindTheBack(`${fileId}/alien.txt`, EICAR, 'text/plain');
    await announcementOf(alien);
    expect(await get(fileId)).toEqual(before);
    expect((await get(alien)).s3_key).toBe(`${fileId}/alien.txt`);
  });
});

test('a public file is read at its own address, without a signature, once it is VALID', async () => {
  const fileId = await uploadForm(PNG, 'p.png', {
    content_type: 'image/png',
    visibility: 'public',
  });
  await announcementOf(fileId);
  await service.workflow.idle();
  const locate = async (query = '') => {
    const answer = await fetch(`${service.url}/files/${fileId}/content${query}`, {
      redirect: 'manual',
    });
    return answer.headers.get('location') ?? '';
  };
  expect(await locate()).not.toContain('?');
  expect(Buffer.from(await (await fetch(await locate())).arrayBuffer())).toEqual(PNG);
  expect(await locate('?download=1')).toContain('X-Amz-Signature');
});

test('GET /files?file_id= validates by the same rules, and leaves announcing to the workflow', async () => {
  const fileId = await uploadForm(HTML, 'h.png', { content_type: 'image/png' });
  const answer = await json<{ validation_status: string; metadata: FileMetadata }>(
    await fetch(`${service.url}/files?file_id=${fileId}`),
  );
  expect(answer.validation_status).toBe('INVALID');
  expect(answer.metadata.validation_error?.code).toBe('CONTENT_TYPE_MISMATCH');
  expect((await announcementOf(fileId)).event).toBe('file_rejected');
  await service.workflow.idle();
  expect(await historyOf(fileId)).toEqual(['received', 'rejected', 'notified']);
});
