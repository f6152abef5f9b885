import { randomBytes } from 'node:crypto';
import type { MultipartPlan } from '@file-upload/shared-types';
import { startCompleteService, type CompleteService } from './running-workflow.ts';
import { partOf, send, uploadClient } from './upload-client.ts';

const LARGE = randomBytes(17 * 1024 ** 2);

let service: CompleteService;
beforeAll(async () => {
  service = await startCompleteService();
});
afterAll(() => service.close());

const client = uploadClient(() => service.url);
const objectsOf = async (prefix: string) =>
  await Array.fromAsync(service.stores.objects.list(prefix));
const statusOf = async (fileId: string) =>
  (await client.call<{ validation_status?: string }>('GET', `/files/${fileId}`)).body
    .validation_status;

const openLarge = async () =>
  await client.openParts({ file_name: 'large.bin', file_size: LARGE.length });
async function sendParts(file_id: string, plan: MultipartPlan, numbers: number[]) {
  return await Promise.all(
    (await client.sign(file_id, numbers)).map(async (part) => {
      const answer = await send(part, partOf(LARGE, plan, part.part_number));
      return { part_number: part.part_number, etag: answer.headers.get('etag') ?? '' };
    }),
  );
}

test('completing is refused, and the upload stays open, while parts are missing or not those that were sent', async () => {
  const { file_id, plan } = await openLarge();
  const [one, two] = await sendParts(file_id, plan, [1, 2]);
  const three = { part_number: 3, etag: one!.etag };
  const refused = { status: 409, body: { code: 'INVALID_PART' } };
  const incomplete = await client.complete(file_id);
  expect(incomplete).toMatchObject(refused);
  expect(incomplete.body.message).toContain('1 are missing: 3.');
  for (const parts of [[], [one], [one, two], [one, two, three]]) {
    expect(await client.complete(file_id, { parts })).toMatchObject(refused);
  }
  const [sent] = await sendParts(file_id, plan, [3]);
  const four = { part_number: 4, etag: one!.etag };
  for (const parts of [
    [one, two, three],
    [one, one, two, sent],
    [one, two, sent, four],
  ]) {
    expect(await client.complete(file_id, { parts })).toMatchObject(refused);
  }
  expect(await statusOf(file_id)).toBe('PENDING');
  expect(await client.complete(file_id, { parts: [sent, one, two] })).toMatchObject({
    status: 201,
  });
  expect(await client.abort(file_id)).toMatchObject({
    status: 409,
    body: { code: 'UPLOAD_FINISHED' },
  });
  expect(
    await client.call('POST', `/uploads/${file_id}/parts`, { part_numbers: [1] }),
  ).toMatchObject({ status: 409, body: { code: 'UPLOAD_FINISHED' } });
});

test("completing is refused with the ETags of another upload's parts", async () => {
  const [mine, other] = [await openLarge(), await openLarge()];
  const parts = await sendParts(other.file_id, other.plan, [1, 2, 3]);
  expect(await client.complete(mine.file_id, { parts })).toMatchObject({
    status: 409,
    body: { code: 'INVALID_PART' },
  });
});

const allWith = (etag: string) => [1, 2, 3].map((part_number) => ({ part_number, etag }));

test.each([
  ['a part number 0', { parts: [{ part_number: 0, etag: 'x' }] }],
  ['a part number 10,001', { parts: [{ part_number: 10_001, etag: 'x' }] }],
  ['no ETag', { parts: [{ part_number: 1 }] }],
  ['an empty ETag', { parts: allWith('""') }],
  ['an ETag that no header can have', { parts: allWith('\u0001') }],
  ['an unknown member', { part: [] }],
])('completing is refused with %s', async (_, body) => {
  const { file_id } = await openLarge();
  expect(await client.complete(file_id, body)).toMatchObject({
    status: 400,
    body: { code: 'INVALID_REQUEST' },
  });
  await client.abort(file_id);
});

test('completing finds nothing after the upload was aborted, nor do its parts', async () => {
  const { file_id, plan } = await openLarge();
  const [signed] = await client.sign(file_id, [2]);
  await sendParts(file_id, plan, [1]);
  for (const status of [204, 204]) expect((await client.abort(file_id)).status).toBe(status);

  const notFound = { status: 404, body: { code: 'UPLOAD_NOT_FOUND' } };
  expect(await client.complete(file_id)).toMatchObject(notFound);
  expect(await client.call('GET', `/uploads/${file_id}`)).toMatchObject(notFound);
  expect((await send(signed!, partOf(LARGE, plan, 2))).status).toBe(404);
  expect(await service.stores.objects.multipart.list(file_id)).toEqual([]);
});

test('completing and aborting at once leave either the file or nothing', async () => {
  for (let round = 0; round < 5; round++) {
    const { file_id, plan } = await openLarge();
    await sendParts(file_id, plan, [1, 2, 3]);
    const [completed, aborted] = await Promise.all([
      client.complete(file_id),
      client.abort(file_id),
    ]);
    await service.workflow.idle();
    const there = (await objectsOf(file_id)).length === 1;
    expect([completed.status === 201, aborted.status === 409]).toEqual([there, there]);
    expect((await statusOf(file_id)) !== undefined).toBe(there);
    expect(await service.stores.objects.multipart.list(file_id)).toEqual([]);
  }
});

test('completing and deleting at once leave nothing', async () => {
  for (let round = 0; round < 5; round++) {
    const { file_id, plan } = await openLarge();
    await sendParts(file_id, plan, [1, 2, 3]);
    const [completed, deleted] = await Promise.all([
      client.complete(file_id),
      client.call('DELETE', `/files/${file_id}`),
    ]);
    await service.workflow.idle();
    expect([201, 404]).toContain(completed.status);
    expect(deleted.status).toBe(204);
    expect([await statusOf(file_id), await objectsOf(file_id)]).toEqual([undefined, []]);
    expect(await service.stores.objects.multipart.list(file_id)).toEqual([]);
  }
});
