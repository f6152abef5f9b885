import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { AppError } from '@file-upload/shared-types';
import { checksumOf } from '@file-upload/storage';
import { adoptObject, type Stores } from '@file-upload/workflow';
import { completeUpload } from '../src/complete-upload.ts';
import { abortUpload, deleteFile } from '../src/delete-file.ts';
import { startCompleteService, type CompleteService } from './running-workflow.ts';
import { partOf, send, uploadClient, type Sendable } from './upload-client.ts';

/** What S3 does late, or a process that stood still for a while. */
const LARGE = randomBytes(17 * 1024 ** 2);

let service: CompleteService;
beforeAll(async () => {
  service = await startCompleteService();
});
afterAll(() => service.close());

const client = uploadClient(() => service.url);
const objectsOf = async (fileId: string) =>
  await Array.fromAsync(service.stores.objects.list(`${fileId}/`));
const fileOf = async (fileId: string) => await client.call('GET', `/files/${fileId}`);

/** An upload whose parts have all arrived. */
async function sentInParts() {
  const file = { file_name: 'large.bin', file_size: LARGE.length };
  const { file_id, plan } = await client.openParts(file);
  for (const part of await client.sign(file_id, [1, 2, 3])) {
    expect((await send(part, partOf(LARGE, plan, part.part_number))).status).toBe(200);
  }
  const row = (await service.stores.metadata.get(file_id))!;
  if (row.upload?.type !== 'multipart') throw new Error('It goes in parts.');
  return { file_id, upload: { key: row.s3_key, uploadId: row.upload.upload_id } };
}

/** The stores, with some of what they do replaced. */
function storesWith({
  multipart,
  ...objects
}: Partial<Omit<Stores['objects'], 'multipart'>> & {
  multipart?: Partial<Stores['objects']['multipart']>;
}): Stores {
  const { stores } = service;
  return {
    metadata: stores.metadata,
    objects: {
      ...stores.objects,
      ...objects,
      multipart: { ...stores.objects.multipart, ...multipart },
    },
  };
}

test.each([
  ['aborted', abortUpload],
  ['deleted', deleteFile],
])('an upload is gone that was %s while S3 was at its completion', async (_, end) => {
  const { file_id, upload } = await sentInParts();
  // S3 says that it is aborted, or that it does not know the upload, and completes it all the same.
  await end(storesWith({ multipart: { abort: () => Promise.resolve() } }), file_id);
  const { multipart } = service.stores.objects;
  await multipart.complete(upload, await multipart.listParts(upload));
  await service.workflow.idle();
  expect(await objectsOf(file_id)).toEqual([]);
  expect((await fileOf(file_id)).status).toBe(404);
  expect((await client.complete(file_id)).body.code).toBe('UPLOAD_NOT_FOUND');
});

/** Sends half of a request, and the rest when it is asked to. */
async function sendHalf({ method, url, headers }: Sendable, bytes: Buffer) {
  const half = bytes.length / 2;
  const sending = request(url, { method, headers: { ...headers, 'content-length': bytes.length } });
  await new Promise((resolve) => sending.write(bytes.subarray(0, half), resolve));
  return async () => {
    const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
    sending.end(bytes.subarray(half));
    const [{ statusCode }] = await answered;
    return statusCode;
  };
}

test('a part that was on its way when the upload was aborted is refused, and leaves nothing', async () => {
  const file = { file_name: 'large.bin', file_size: LARGE.length };
  const { file_id, plan } = await client.openParts(file);
  const [part] = await client.sign(file_id, [2]);
  const sendRest = await sendHalf(part!, partOf(LARGE, plan, 2));
  expect((await client.abort(file_id)).status).toBe(204);
  expect(await sendRest()).toBe(404);
  expect(await service.stores.objects.multipart.list(file_id)).toEqual([]);
});

test('a file that was on its way when its upload was aborted is removed when it has arrived', async () => {
  const file = { file_name: 'a.bin', file_size: 1_000_000 };
  const { file_id, request } = await client.openSingle(file);
  const sendRest = await sendHalf(request, LARGE.subarray(0, file.file_size));
  expect((await client.abort(file_id)).status).toBe(204);
  expect(await sendRest()).toBe(200);
  await service.workflow.idle();
  expect(await objectsOf(file_id)).toEqual([]);
  expect((await fileOf(file_id)).status).toBe(404);
});

test('an object that is deleted while its row is written has none', async () => {
  const { objects, metadata } = service.stores;
  const key = 'of-another-program.bin';
  const bytes = Buffer.from('123456789');
  const adopted: string[] = [];
  await objects.create(
    {
      key,
      contentType: 'application/octet-stream',
      description: {
        fileName: 'a.bin',
        owner: 'anonymous',
        visibility: 'private',
        uploadTime: new Date().toISOString(),
      },
    },
    bytes,
    { algorithm: 'CRC64NVME', value: await checksumOf('CRC64NVME', bytes) },
  );
  await service.workflow.idle();
  const object = (await objects.head(key))!;
  const [file] = (await Array.fromAsync(metadata.scan())).filter((row) => row.s3_key === key);
  await metadata.remove(file!.file_id);

  const stalling = storesWith({
    async head(...of) {
      const found = await objects.head(...of);
      adopted.push(key);
      // It is still there; and then whoever looked stands still.
      if (adopted.length === 1) await deleteFile(service.stores, file!.file_id);
      return found;
    },
  });
  expect(await adoptObject(stalling, object, file!.file_id)).toBeUndefined();
  expect(adopted).toHaveLength(2);
  expect((await fileOf(file!.file_id)).status).toBe(404);
});

test('a file is stored although its plan expired while its row was written', async () => {
  const { file_id } = await sentInParts();
  const { objects, metadata } = service.stores;
  let looks = 0;
  const stalling = storesWith({
    async head(...of) {
      const found = await objects.head(...of);
      if (found && ++looks === 2) await metadata.remove(file_id);
      return found;
    },
  });
  const row = await completeUpload(stalling, file_id);
  expect(row).toMatchObject({ validation_status: 'UPLOADED', file_size: LARGE.length });
  await service.workflow.idle();
  expect(await fileOf(file_id)).toMatchObject({ body: { validation_status: 'VALID' } });
});

test.each([
  // What S3 answers while another completion is under way, and after it.
  ['CONFLICT', 'CONFLICT'],
  ['OBJECT_EXISTS', 'UPLOAD_NOT_FOUND'],
  ['UPLOAD_NOT_FOUND', 'UPLOAD_NOT_FOUND'],
] as const)('completing where S3 says %s, and there is no object, is %s', async (says, code) => {
  const { file_id } = await sentInParts();
  const complete = () => Promise.reject(new AppError(says, 'As S3 says.'));
  const stores = storesWith({ multipart: { complete } });
  await expect(completeUpload(stores, file_id)).rejects.toMatchObject({ code });
  expect((await client.complete(file_id)).status).toBe(201);
  expect((await completeUpload(stores, file_id)).file_id).toBe(file_id);
});
