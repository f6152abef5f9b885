import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type {
  FileEvent,
  MultipartPlan,
  SinglePlan,
  UppyForm,
  UppyPartUrl,
  UppyUpload,
} from '@file-upload/shared-types';
import { png } from '@file-upload/workflow/samples';
import type { Static } from 'typebox';
import { deploy, type DeployedStack } from './emulator/deploy.ts';
import { directUploads, send } from './emulator/direct-uploads.ts';
import { Service } from './emulator/service.ts';
import { subscribe, type Subscriber } from './emulator/subscriber.ts';

/** Direct uploads to the service as the Pulumi program deploys it, on the AWS of the environment. */
const endpoint = process.env['AWS_ENDPOINT_URL'] ?? '';
if (!endpoint) throw new Error('Run these tests with: npm run test:aws');

const PICTURE = Buffer.from(png());
const LARGE = randomBytes(20 * 1024 ** 2 + 7);
const ORIGIN = 'https://app.example.com';

let stack: DeployedStack;
let service: Service;
let uploads: ReturnType<typeof directUploads>;
let announcements: Subscriber<FileEvent>;

beforeAll(async () => {
  stack = await deploy(endpoint, 'direct', { 'file-upload:allowedOrigins': ORIGIN });
  service = new Service(stack.outputs.api_endpoint);
  uploads = directUploads(service);
  announcements = await subscribe(stack, stack.outputs.sns_topic_arn);
});
afterAll(() => stack[Symbol.asyncDispose]());

const openSingle = () =>
  uploads.open<SinglePlan>({
    file_name: 'picture.png',
    file_size: PICTURE.length,
    content_type: 'image/png',
  });
const openParts = () =>
  uploads.open<MultipartPlan>({ file_name: 'large.bin', file_size: LARGE.length });

/** Sends these parts, all at once. */
async function sendParts(fileId: string, { part_size }: MultipartPlan, numbers: number[]) {
  const signed = await uploads.sign(fileId, numbers);
  return await Promise.all(
    signed.map(async (part) => {
      const end = part.part_number * part_size;
      const answer = await send(part, LARGE.subarray(end - part_size, end));
      expect(answer.status).toBe(200);
      return { part_number: part.part_number, etag: answer.headers.get('etag') ?? '' };
    }),
  );
}

async function expectFile(fileId: string, bytes: Buffer): Promise<void> {
  const event = await announcements.first(
    `announcement of ${fileId}`,
    ({ file_id }) => file_id === fileId,
  );
  expect(event).toMatchObject({ event: 'file_uploaded', file_size: bytes.length });
  expect(await service.describe(fileId)).toMatchObject({ validation_status: 'VALID' });
  const { headers } = await service.request(`/files/${fileId}/content`);
  const content = await (await fetch(headers.get('location') ?? '')).arrayBuffer();
  expect(Buffer.from(content).equals(bytes)).toBe(true);
}

const partsThere = async () =>
  (
    await stack.aws.s3.send(
      new ListMultipartUploadsCommand({ Bucket: stack.outputs.s3_bucket_name }),
    )
  ).Uploads ?? [];

test('a file in one request is there although nobody completes it', async () => {
  const { file_id, upload } = await openSingle();
  expect((await send(upload, PICTURE)).status).toBe(200);
  await expectFile(file_id, PICTURE);
  expect((await uploads.state(file_id)).body).toMatchObject({ upload: null, expires_at: null });
});

test('a file in one request can be completed, as often as anybody likes', async () => {
  const { file_id, upload } = await openSingle();
  expect((await uploads.complete(file_id)).body.code).toBe('FILE_NOT_READY');
  await send(upload, PICTURE);
  const answers = await Promise.all([1, 2, 3].map(() => uploads.complete(file_id)));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  await expectFile(file_id, PICTURE);
  expect((await uploads.complete(file_id)).status).toBe(201);
});

test('a file in parts is resumed from its state, and completed with the list of the store', async () => {
  const { file_id, upload } = await openParts();
  await sendParts(file_id, upload, [3, 1]);
  expect((await uploads.complete(file_id)).body.code).toBe('INVALID_PART');

  const { body } = await uploads.state(file_id);
  expect(body.upload).toEqual(upload);
  expect(body.uploaded_parts.map(({ part_number }) => part_number)).toEqual([1, 3]);
  await sendParts(file_id, upload, [2]);
  expect((await uploads.complete(file_id)).status).toBe(201);
  await expectFile(file_id, LARGE);
});

test('a file in parts is completed with the list of the client, by two at once', async () => {
  const { file_id, upload } = await openParts();
  const parts = await sendParts(file_id, upload, [2, 3, 1]);
  const answers = await Promise.all([1, 2].map(() => uploads.complete(file_id, { parts })));
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  await expectFile(file_id, LARGE);
  expect((await uploads.complete(file_id, { parts })).status).toBe(201);
});

test('an upload that is aborted is gone with its parts', async () => {
  const before = await partsThere();
  const { file_id, upload } = await openParts();
  await sendParts(file_id, upload, [1]);
  const [late] = await uploads.sign(file_id, [2]);
  expect(await partsThere()).toHaveLength(before.length + 1);
  for (const status of [204, 204]) expect((await uploads.abort(file_id)).status).toBe(status);
  expect(await partsThere()).toEqual(before);
  const second = LARGE.subarray(upload.part_size, 2 * upload.part_size);
  expect((await send(late!, second)).status).toBe(404);
  for (const answer of [await uploads.complete(file_id), await uploads.state(file_id)]) {
    expect(answer).toMatchObject({ status: 404, body: { code: 'UPLOAD_NOT_FOUND' } });
  }
});

test('the request for a file is good for this file, once', async () => {
  const { file_id, upload } = await openSingle();
  const elsewhere = { ...upload, url: upload.url.replace(file_id, randomUUID()) };
  for (const refused of [
    send(upload, Buffer.concat([PICTURE, PICTURE.subarray(-1)])),
    send(upload, PICTURE.subarray(1)),
    send(upload, PICTURE, { 'content-type': 'text/html' }),
    send(elsewhere, PICTURE),
  ]) {
    expect((await refused).status).toBe(403);
  }
  expect((await uploads.complete(file_id)).body.code).toBe('FILE_NOT_READY');
  expect((await send(upload, PICTURE)).status).toBe(200);
  expect((await send(upload, PICTURE)).status).toBe(412);
});

test('the request with a checksum is good for these bytes', async () => {
  const value = createHash('sha256').update(PICTURE).digest('base64');
  const { file_id, upload } = await uploads.open<SinglePlan>({
    file_name: 'picture.png',
    file_size: PICTURE.length,
    content_type: 'image/png',
    checksum: { algorithm: 'SHA256', value },
  });
  const header = { 'x-amz-checksum-sha256': Buffer.alloc(32).toString('base64') };
  expect((await send(upload, Buffer.alloc(PICTURE.length))).status).toBe(400);
  expect((await send(upload, PICTURE, header)).status).toBe(403);
  expect((await send(upload, PICTURE)).status).toBe(200);
  await expectFile(file_id, PICTURE);
  expect(await service.describe(file_id)).toMatchObject({ checksum: { value } });
});

test('the request for a part is good for this part of this upload', async () => {
  const { file_id, upload } = await openParts();
  const { file_id: other } = await openParts();
  const [[part], [foreign]] = [await uploads.sign(file_id, [1]), await uploads.sign(other, [1])];
  const first = LARGE.subarray(0, upload.part_size);
  const idOf = ({ url }: { url: string }) => new URL(url).searchParams.get('uploadId') ?? '';
  const to = (from: string, into: string) => ({ ...part!, url: part!.url.replace(from, into) });
  for (const refused of [
    send(part!, first.subarray(1)),
    send(to('partNumber=1', 'partNumber=0'), first),
    send(to('partNumber=1', 'partNumber=10001'), first),
    send(to(idOf(part!), idOf(foreign!)), first),
  ]) {
    expect((await refused).status).toBe(403);
  }
  expect((await uploads.state(file_id)).body.uploaded_parts).toEqual([]);
});

test('a wrong ETag, and a part that is missing, are refused and can be made good', async () => {
  const { file_id, upload } = await openParts();
  const [first, ...others] = await sendParts(file_id, upload, [1, 2, 3]);
  const wrong = { ...first!, etag: `"${'0'.repeat(32)}"` };
  for (const parts of [others, [wrong, ...others]]) {
    expect((await uploads.complete(file_id, { parts })).body.code).toBe('INVALID_PART');
  }
  expect((await uploads.complete(file_id)).status).toBe(201);
});

describe("as Uppy's own uploader does it", () => {
  const read = async <T>(answer: Promise<Response>) => (await (await answer).json()) as T;
  const fileIdOf = (key: string) => key.split('/', 1)[0] ?? '';
  const openUppyParts = () =>
    read<Static<typeof UppyUpload>>(
      service.request('/s3/multipart', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ filename: 'large.bin', type: 'application/octet-stream' }),
      }),
    );
  const pathOf = ({ key, uploadId }: Static<typeof UppyUpload>, of: string) =>
    `/s3/multipart/${encodeURIComponent(uploadId)}/${of}?key=${encodeURIComponent(key)}`;

  test('a small file that a form brought becomes a file', async () => {
    const { url, fields } = await read<UppyForm>(
      service.request('/s3/params?filename=picture.png&type=image/png'),
    );
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([PICTURE]));
    // MiniStack does not know whose account a role's session is of that signed a form, so that the
    // object has to come by another way.
    expect((await fetch(url, { method: 'POST', body: form })).status).toBe(403);
    const Key = fields['key'] ?? '';
    const described = Object.entries(fields).flatMap(([name, value]) =>
      name.startsWith('x-amz-meta-') ? [[name.slice('x-amz-meta-'.length), value]] : [],
    );
    await stack.aws.s3.send(
      new PutObjectCommand({
        Bucket: stack.outputs.s3_bucket_name,
        Key,
        Body: PICTURE,
        ContentType: 'image/png',
        Metadata: Object.fromEntries(described) as Record<string, string>,
      }),
    );
    await expectFile(fileIdOf(Key), PICTURE);
    const { Versions = [] } = await stack.aws.s3.send(
      new ListObjectVersionsCommand({ Bucket: stack.outputs.s3_bucket_name, Prefix: Key }),
    );
    expect(Versions).toEqual([]);
  });

  test('a large file comes in parts, of the upload that its key belongs to', async () => {
    const [upload, other] = [await openUppyParts(), await openUppyParts()];
    const mixed = { ...upload, uploadId: other.uploadId };
    expect((await service.request(pathOf(mixed, '1'))).status).toBe(404);
    const parts = [];
    for (const number of [1, 2]) {
      const { url } = await read<Static<typeof UppyPartUrl>>(
        service.request(pathOf(upload, String(number))),
      );
      const body = LARGE.subarray(
        (number - 1) * 10 * 1024 ** 2,
        number === 1 ? 10 * 1024 ** 2 : undefined,
      );
      const { headers } = await fetch(url, { method: 'PUT', body });
      parts.push({ PartNumber: number, ETag: headers.get('etag') });
    }
    const completed = await service.request(pathOf(upload, 'complete'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ parts }),
    });
    expect(completed.status).toBe(200);
    await expectFile(fileIdOf(upload.key), LARGE);
  });
});

test('a page of an allowed origin may upload, and read what it needs of the answer', async () => {
  const { upload } = await openSingle();
  const answer = await send(upload, PICTURE, { origin: ORIGIN });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  const exposed = answer.headers.get('access-control-expose-headers')?.split(/, ?/);
  expect(exposed).toEqual(expect.arrayContaining(['ETag', 'Location']));
  const api = await service.request('/uploads', { method: 'POST', headers: { origin: ORIGIN } });
  expect(api.headers.get('access-control-allow-origin')).toBe(ORIGIN);
});
