import { randomBytes } from 'node:crypto';
import type { FileMetadata } from '@file-upload/shared-types';
import { checksumOf } from '@file-upload/storage';
import { startService, type Service } from './service.ts';
import { partOf, send, uploadClient } from './upload-client.ts';

const SMALL = randomBytes(1000);
const LARGE = randomBytes(17 * 1024 ** 2);

let service: Service;
let checksum: { small: Crc; large: Crc };
beforeAll(async () => {
  service = await startService();
  checksum = { small: await crcOf(SMALL), large: await crcOf(LARGE) };
});
afterAll(() => service.close());

interface Crc {
  algorithm: 'CRC64NVME';
  value: string;
}
const WRONG: Crc = { algorithm: 'CRC64NVME', value: 'AAAAAAAAAAA=' };
const MISMATCH = { status: 400, body: { code: 'CHECKSUM_MISMATCH' } };

const client = uploadClient(() => service.url);
const crcOf = async (bytes: Uint8Array): Promise<Crc> => ({
  algorithm: 'CRC64NVME',
  value: await checksumOf('CRC64NVME', bytes),
});
const statusOf = async (fileId: string) =>
  (await client.call<FileMetadata>('GET', `/files/${fileId}`)).body.validation_status;

/** Opens an upload in parts, and sends all of them. */
async function sendLarge(declared?: Crc): Promise<string> {
  const file = { file_name: 'large.bin', file_size: LARGE.length };
  const { file_id, plan } = await client.openParts({
    ...file,
    ...(declared && { checksum: declared }),
  });
  for (const part of await client.sign(file_id, [1, 2, 3])) {
    expect((await send(part, partOf(LARGE, plan, part.part_number))).status).toBe(200);
  }
  return file_id;
}

async function sendSmall(declared?: { algorithm: 'SHA256' | 'CRC64NVME'; value: string }) {
  const { file_id, request } = await client.openSingle({
    file_name: 'small.bin',
    file_size: SMALL.length,
    ...(declared && { checksum: declared }),
  });
  expect((await send(request, SMALL)).status).toBe(200);
  return file_id;
}

describe('a checksum that is given at the end', () => {
  test('is verified by the store, and a wrong one leaves the upload open', async () => {
    const fileId = await sendLarge();
    expect(await client.complete(fileId, { checksum: WRONG })).toMatchObject(MISMATCH);
    expect(await statusOf(fileId)).toBe('PENDING');
    expect(await Array.fromAsync(service.stores.objects.list(fileId))).toEqual([]);

    const completed = await client.complete(fileId, { checksum: checksum.large });
    expect(completed).toMatchObject({
      status: 201,
      body: { metadata: { checksum: checksum.large } },
    });
  });

  test('is compared with what is stored, however often', async () => {
    const fileId = await sendLarge();
    await client.complete(fileId);
    expect((await client.complete(fileId, { checksum: checksum.large })).status).toBe(201);
    expect(await client.complete(fileId, { checksum: WRONG })).toMatchObject(MISMATCH);
    expect((await client.complete(fileId)).status).toBe(201);
  });

  test('has to be the one that was given at the start', async () => {
    const fileId = await sendLarge(WRONG);
    expect(await client.complete(fileId, { checksum: checksum.large })).toMatchObject(MISMATCH);
    expect(await client.complete(fileId, { checksum: WRONG })).toMatchObject(MISMATCH);
    expect(await statusOf(fileId)).toBe('PENDING');

    const other = await sendLarge(checksum.large);
    expect((await client.complete(other, { checksum: checksum.large })).status).toBe(201);
  });

  test('of a file in one request is compared with what the store recorded', async () => {
    const fileId = await sendSmall();
    expect(await client.complete(fileId, { checksum: WRONG })).toMatchObject(MISMATCH);
    expect((await client.complete(fileId, { checksum: checksum.small })).status).toBe(201);
  });

  test('is not known of a file whose SHA-256 was given at the start', async () => {
    const value = await checksumOf('SHA256', SMALL);
    const fileId = await sendSmall({ algorithm: 'SHA256', value });
    expect(await client.complete(fileId, { checksum: checksum.small })).toMatchObject({
      status: 400,
      body: { code: 'CHECKSUM_NOT_SUPPORTED' },
    });
    expect((await client.complete(fileId)).status).toBe(201);
  });

  test.each([
    ['of another algorithm', { algorithm: 'SHA256', value: `${'A'.repeat(43)}=` }],
    ['that is no base64', { algorithm: 'CRC64NVME', value: '0123456789ab' }],
    ['that is too short', { algorithm: 'CRC64NVME', value: 'AAAA' }],
    ['without its algorithm', { value: WRONG.value }],
    ['that is a text', WRONG.value],
    ['that is null', null],
  ])('is refused where it is one %s', async (_, given) => {
    const answer = await client.complete(await sendSmall(), { checksum: given });
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
  });
});
