import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { LambdaResponse } from '@fastify/aws-lambda';
import {
  LIMITS,
  type FileHistory,
  type FileList,
  type FileMetadata,
  type Problem,
} from '@file-upload/shared-types';
import type { Metafile } from 'esbuild';
import { apiGatewayEvent } from './api-gateway-event.ts';
import { BASE_URL, startLambdaBackend, type LambdaBackend } from './lambda-backend.ts';
import { BUNDLE, startLambda, type Lambda } from './lambda-process.ts';
import { formOf } from './service.ts';

/** Bytes: what Lambda takes of an event, and gives of an answer. */
const MAX_PAYLOAD = 6 * 1024 ** 2;
const MAX_FILE = LIMITS.lambdaInlineBytes;

let backend: LambdaBackend;
let lambda: Lambda;

beforeAll(async () => {
  backend = await startLambdaBackend();
  lambda = await startLambda(backend.environment);
});

afterAll(async () => {
  await lambda.close();
  await backend.close();
});

async function send(path: string, init?: RequestInit): Promise<LambdaResponse> {
  return await lambda.invoke(await apiGatewayEvent(path, init));
}

function sendJson(body: unknown): Promise<LambdaResponse> {
  const headers = { 'content-type': 'application/json' };
  return send('/files', { method: 'POST', headers, body: JSON.stringify(body) });
}

type Body = { file_id: string; metadata: FileMetadata } & Problem & FileList;
const json = (answer: LambdaResponse) => JSON.parse(answer.body) as Body;

async function contentOf(fileId: string): Promise<Buffer> {
  const { statusCode, headers } = await send(`/files/${fileId}/content`);
  expect(statusCode).toBe(307);
  const response = await fetch(headers['location'] ?? '');
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

test('has the handler that nodejs24.x takes: async, without a callback', () => {
  expect(lambda.handler).toEqual({ type: 'AsyncFunction', parameters: 2 });
});

test('stores a file from JSON', async () => {
  const answer = await sendJson({ file_content: 'aGVsbG8=', file_name: 'grüße 👋.txt' });
  expect(answer).toMatchObject({ statusCode: 201, isBase64Encoded: false });
  const { file_id, metadata } = json(answer);
  expect(answer.headers['location']).toBe(`/files/${file_id}`);
  expect(metadata).toMatchObject({
    file_name: 'grüße 👋.txt',
    file_size: 5,
    file_url: `${BASE_URL}/files/${file_id}/content`,
  });
  expect((await contentOf(file_id)).toString()).toBe('hello');
});

test('stores the bytes of a form as they are', async () => {
  const bytes = Buffer.concat([Buffer.from([...Array(256).keys()]), randomBytes(100_000)]);
  const event = await apiGatewayEvent('/files', { method: 'POST', body: formOf(bytes, 'é.bin') });
  expect(event.isBase64Encoded).toBe(true);
  const answer = await lambda.invoke(event);
  expect(answer.statusCode).toBe(201);
  expect(json(answer).metadata.file_name).toBe('é.bin');
  expect((await contentOf(json(answer).file_id)).equals(bytes)).toBe(true);
});

test.each([
  ['JSON', (bytes: Buffer) => jsonInit(bytes)],
  ['a form', (bytes: Buffer) => ({ method: 'POST', body: formOf(bytes) })],
])('takes a file of 4,500,000 bytes as %s and refuses a larger one', async (_, initOf) => {
  const bytes = randomBytes(MAX_FILE);
  const event = await apiGatewayEvent('/files', initOf(bytes));
  expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(MAX_PAYLOAD);
  const stored = await lambda.invoke(event);
  expect(stored.statusCode).toBe(201);
  expect((await contentOf(json(stored).file_id)).equals(bytes)).toBe(true);

  for (const size of [MAX_FILE + 1, MAX_FILE + 150_000]) {
    const answer = await send('/files', initOf(randomBytes(size)));
    expect(answer).toMatchObject({
      statusCode: 413,
      headers: { 'content-type': 'application/problem+json; charset=utf-8' },
    });
    const { code, message } = json(answer);
    expect(code).toBe('FILE_TOO_LARGE');
    expect(message).toContain('POST /uploads');
  }
});

function jsonInit(bytes: Buffer): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ file_content: bytes.toString('base64'), file_name: 'file.bin' }),
  };
}

test('lists, page by page', async () => {
  const ids: string[] = [];
  for (const name of ['one', 'two', 'three']) {
    ids.unshift(json(await sendJson({ file_content: '', file_name: name })).file_id);
  }
  const first = json(await send('/files?limit=2'));
  expect(first.files.map(({ file_id }) => file_id)).toEqual(ids.slice(0, 2));
  const cursor = encodeURIComponent(first.next_cursor ?? '');
  const second = json(await send(`/files?limit=1&status=UPLOADED&cursor=${cursor}`));
  expect(second.files.map(({ file_id }) => file_id)).toEqual(ids.slice(2));
});

test.each([
  ['/files?cursor=a,b', 'INVALID_CURSOR'],
  ['/files?cursor=a%2Cb', 'INVALID_CURSOR'],
  ['/files?limit=1,2', 'INVALID_REQUEST'],
  ['/files?limit=1&limit=2', 'INVALID_REQUEST'],
  ['/files?file_id=', 'INVALID_FILE_ID'],
])('answers 400 to %s', async (path, code) => {
  const answer = await send(path);
  expect(answer.statusCode).toBe(400);
  expect(json(answer).code).toBe(code);
});

test('validates and deletes a file, the second time too', async () => {
  const { file_id } = json(await sendJson({ file_content: 'aGVsbG8=' }));
  expect(json(await send(`/files?file_id=${file_id}`))).toMatchObject({
    validation_status: 'VALID',
  });
  const remove = () => send(`/files/${file_id}`, { method: 'DELETE' });
  expect(await remove()).toMatchObject({ statusCode: 204, body: '' });
  expect(await remove()).toMatchObject({ statusCode: 204, body: '' });
  const gone = await send(`/files/${file_id}`);
  expect(gone.statusCode).toBe(404);
  expect(json(gone).code).toBe('FILE_NOT_FOUND');
});

test.each(['/nothing', '//files.example/files', '/files/../etc/passwd', '/files/%00'])(
  'answers 400 or 404 to %s',
  async (rawPath) => {
    const answer = await lambda.invoke({ ...(await apiGatewayEvent('/')), rawPath });
    expect([400, 404]).toContain(answer.statusCode);
    expect(json(answer).status).toBe(answer.statusCode);
  },
);

test('answers 405 with the methods that there are', async () => {
  const answer = await send('/files', { method: 'PUT', body: 'x' });
  expect(answer.statusCode).toBe(405);
  expect(json(answer).code).toBe('METHOD_NOT_ALLOWED');
  expect(answer.headers['allow']).toContain('POST');
});

test('answers the preflight of a browser', async () => {
  const answer = await send('/files', {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
  });
  expect(answer).toMatchObject({
    statusCode: 204,
    headers: { 'access-control-allow-origin': '*' },
  });
});

test('tells the state of its stores, and its contract', async () => {
  const health = await send('/health');
  expect(health.statusCode).toBe(200);
  expect(JSON.parse(health.body)).toMatchObject({ status: 'ok' });
  const contract = await send('/openapi.json');
  const committed = await readFile(
    join(import.meta.dirname, '../../../libs/api-client/openapi.json'),
    'utf8',
  );
  expect(JSON.parse(contract.body)).toEqual(JSON.parse(committed));
});

test.each(['swagger-ui-bundle.js', 'swagger-ui.css'])(
  'serves %s, also compressed',
  async (name) => {
    const file = await readFile(join(BUNDLE, '..', name));
    const plain = await send(`/docs/${name}`);
    expect(plain).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    expect(plain.body).toBe(file.toString());

    const compressed = await send(`/docs/${name}`, { headers: { 'accept-encoding': 'gzip' } });
    expect(compressed).toMatchObject({
      statusCode: 200,
      isBase64Encoded: true,
      headers: { 'content-encoding': 'gzip' },
    });
    expect(gunzipSync(Buffer.from(compressed.body, 'base64')).equals(file)).toBe(true);
  },
);

test('serves the upload page, its files compressed and to be kept for ever', async () => {
  const folder = join(BUNDLE, '../page');
  const page = await send('/');
  expect(page).toMatchObject({ statusCode: 200, isBase64Encoded: false });
  const built = await readFile(join(folder, 'index.html'), 'utf8');
  expect(page.body).toBe(built.replace(' data-events', ''));
  expect(page.headers['content-security-policy']).toContain(
    `connect-src 'self' ${backend.embedded.s3Endpoint};`,
  );

  const names = await readdir(join(folder, 'assets'));
  expect(names).toHaveLength(3);
  for (const name of names) {
    const file = await readFile(join(folder, 'assets', name));
    const answer = await send(`/assets/${name}`, { headers: { 'accept-encoding': 'gzip, br' } });
    expect(answer).toMatchObject({
      statusCode: 200,
      isBase64Encoded: true,
      headers: {
        'content-encoding': 'br',
        'cache-control': 'public, max-age=31536000, immutable',
      },
    });
    expect(brotliDecompressSync(Buffer.from(answer.body, 'base64')).equals(file)).toBe(true);
    const { etag = '' } = answer.headers;
    const headers = { 'accept-encoding': 'gzip, br', 'if-none-match': String(etag) };
    expect(await send(`/assets/${name}`, { headers })).toMatchObject({ statusCode: 304, body: '' });
    // What is not text, and not compressed, travels as base64 too.
    const plain = await send(`/assets/${name}`);
    const encoding = plain.isBase64Encoded ? 'base64' : 'utf8';
    expect(Buffer.from(plain.body, encoding).equals(file)).toBe(true);
  }
});

test('takes no event from a header (GHSA-m93c-jj3f-68ph)', async () => {
  const forged = encodeURIComponent(JSON.stringify(await apiGatewayEvent('/files')));
  const headers = { 'x-apigateway-event': forged, 'x-apigateway-context': '%7B%7D' };
  const answer = await send('/nothing', { headers });
  expect(answer.statusCode).toBe(404);
  expect(json(answer).code).toBe('ROUTE_NOT_FOUND');
});

test.each(['BUCKET_NAME', 'METADATA_TABLE', 'PUBLIC_BASE_URL'])(
  'does not load without %s, and says so',
  async (name) => {
    await expect(startLambda({ ...backend.environment, [name]: '' })).rejects.toThrow(
      new RegExp(`^{"errorType":"ConfigError","errorMessage":"[^"]*${name}[^"]*"}\n$`),
    );
  },
);

test('streams no events, and says what to do instead', async () => {
  const answer = await send('/events');
  expect(answer.statusCode).toBe(501);
  const { code, message } = json(answer);
  expect(code).toBe('EVENTS_NOT_AVAILABLE');
  expect(message).toMatch(/GET \/files.*SNS/);
});

test('tells the history of a file', async () => {
  const { file_id } = json(await sendJson({ file_content: 'aGVsbG8=' }));
  await send(`/files?file_id=${file_id}`);
  const answer = await send(`/files/${file_id}/history`);
  expect(answer.statusCode).toBe(200);
  const { history } = JSON.parse(answer.body) as FileHistory;
  expect(history.map(({ event }) => event)).toEqual(['received', 'validated']);
});

test('takes the files that its environment allows', async () => {
  const own = await startLambda({ ...backend.environment, ALLOWED_CONTENT_TYPES: 'image/*' });
  try {
    const answer = await own.invoke(await apiGatewayEvent('/files', jsonInit(Buffer.from('x'))));
    expect(answer.statusCode).toBe(415);
    expect(json(answer).code).toBe('CONTENT_TYPE_NOT_ALLOWED');
  } finally {
    await own.close();
  }
  await expect(
    startLambda({ ...backend.environment, DENIED_CONTENT_TYPES: 'png' }),
  ).rejects.toThrow(/^{"errorType":"ConfigError","errorMessage":"DENIED_CONTENT_TYPES=.*}\n$/);
});

test('contains nothing of the embedded stores', async () => {
  const meta = await readFile(join(BUNDLE, '../../lambda.meta.json'), 'utf8');
  const { inputs } = JSON.parse(meta) as { inputs: Record<string, unknown> };
  const strays = Object.keys(inputs).filter((path) =>
    /libs\/embedded\/|\/(dynalite|classic-level|abstract-level|@fastify\/swagger)\//.test(path),
  );
  expect(Object.keys(inputs)).not.toHaveLength(0);
  expect(strays).toEqual([]);
});

test('loads what reads contents when a task needs it, and not for requests', async () => {
  const meta = await readFile(join(BUNDLE, '../../lambda.meta.json'), 'utf8');
  const { outputs } = JSON.parse(meta) as Pick<Metafile, 'outputs'>;
  const [start] = Object.entries(outputs).find(
    ([, { entryPoint }]) => entryPoint === 'src/lambda.ts',
  )!;
  const loaded = new Set([start]);
  for (const path of loaded) {
    for (const { path: imported, kind, external } of outputs[path]!.imports) {
      if (kind === 'import-statement' && !external) loaded.add(imported);
    }
  }
  const parsersIn = (paths: Iterable<string>) =>
    [...paths]
      .flatMap((path) => Object.keys(outputs[path]!.inputs))
      .filter((path) => /node_modules\/(file-type|image-dimensions|strtok3)\//.test(path));
  expect(parsersIn(Object.keys(outputs))).not.toEqual([]);
  expect(parsersIn(loaded)).toEqual([]);
});
