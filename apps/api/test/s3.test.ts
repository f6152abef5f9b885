import { randomBytes } from 'node:crypto';
import type { FileMetadata } from '@file-upload/shared-types';
import { png } from '@file-upload/workflow/samples';
import { startCompleteService, type CompleteService } from './running-workflow.ts';
import { fileIdOf, post, uppyClient } from './uppy-client.ts';

const MIB = 1024 ** 2;
const PNG = Buffer.from(png());
const LARGE = randomBytes(12 * MIB + 5);
const PARTS = [0, 1, 2].map((i) => LARGE.subarray(i * 5 * MIB, (i + 1) * 5 * MIB));

let service: CompleteService;
beforeAll(async () => {
  service = await startCompleteService();
});
afterAll(() => service.close());

const uppy = uppyClient(() => service.url);
const metadataOf = async (fileId: string) =>
  (await uppy.call<FileMetadata>('GET', `/files/${fileId}`)).body;
const contentOf = async (fileId: string) =>
  Buffer.from(await (await fetch(`${service.url}/files/${fileId}/content`)).arrayBuffer());
const announcementOf = (fileId: string) =>
  service.workflow.announcement(({ file_id }) => file_id === fileId);
const keysOf = async (fileId: string) =>
  (await Array.fromAsync(service.stores.objects.list(fileId))).map(({ key }) => key);

describe('a small file', () => {
  test('goes in one form, and becomes VALID with nobody coming back', async () => {
    const { status, headers, body } = await uppy.params({
      filename: 'a picture.png',
      type: 'image/png',
      'metadata[name]': 'a picture.png',
      'metadata[relativePath]': 'null',
    });
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ method: 'POST', expires: 900 });

    const answer = await post(body, PNG);
    expect(answer.ok).toBe(true);
    for (const header of ['etag', 'location']) expect(answer.headers.get(header)).toBeTruthy();

    const fileId = fileIdOf(body.fields['key']!);
    expect(await announcementOf(fileId)).toMatchObject({ event: 'file_uploaded' });
    expect(await metadataOf(fileId)).toMatchObject({
      file_name: 'a picture.png',
      content_type: 'image/png',
      file_size: PNG.length,
      validation_status: 'VALID',
      visibility: 'private',
      owner: 'anonymous',
    });
    expect((await contentOf(fileId)).equals(PNG)).toBe(true);
  });
});

describe('a large file', () => {
  test('goes in parts, and is valid once it is completed', async () => {
    const { status, body: upload } = await uppy.open({
      filename: 'large.bin',
      type: 'application/octet-stream',
      metadata: { name: 'large.bin', size: 5, relativePath: null },
    });
    expect({ status, ...upload }).toMatchObject({
      status: 200,
      key: `${fileIdOf(upload.key)}/large.bin`,
      bucket: service.embedded.bucket,
    });
    expect((await uppy.list(upload)).body).toEqual([]);
    const sent = [];
    for (const [i, bytes] of PARTS.entries()) sent.push(await uppy.sendPart(upload, i + 1, bytes));
    expect((await uppy.list(upload)).body).toEqual(
      sent.map(({ PartNumber, ETag }, i) => ({
        PartNumber,
        ETag: `"${ETag}"`,
        Size: PARTS[i]!.length,
      })),
    );
    const completed = await uppy.complete(upload, sent);
    const fileId = fileIdOf(upload.key);
    expect(completed).toMatchObject({
      status: 200,
      body: {
        location: `${service.url}/files/${fileId}/content`,
        key: upload.key,
        bucket: service.embedded.bucket,
      },
    });
    expect(await metadataOf(fileId)).toMatchObject({
      file_size: LARGE.length,
      validation_status: 'VALID',
    });
    expect((await contentOf(fileId)).equals(LARGE)).toBe(true);
    expect(await keysOf(fileId)).toEqual([upload.key]);
  });
});
