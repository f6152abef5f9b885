import { gunzipSync } from 'node:zlib';
import type { Health } from '@file-upload/shared-types';
import { Ajv, type AnySchema } from 'ajv';
import openapi from '@file-upload/api-client/openapi.json' with { type: 'json' };
import { formOf, json, startService, type Service } from './service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
const get = (path: string, init?: RequestInit) => fetch(`${service.url}${path}`, init);

test('says that it and its stores are well', async () => {
  const response = await get('/health');
  expect(response.status).toBe(200);
  expect(await json<Health>(response)).toEqual({
    status: 'ok',
    dependencies: { objects: 'ok', metadata: 'ok' },
  });
});

test('answers a page of any origin, and its preflight', async () => {
  const origin = { origin: 'https://app.example' };
  const response = await get('/files', { headers: origin });
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  expect(response.headers.get('access-control-expose-headers')).toContain('Location');

  const preflight = await get('/files', {
    method: 'OPTIONS',
    headers: {
      ...origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,idempotency-key',
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
  expect(preflight.headers.get('access-control-allow-headers')).toContain('idempotency-key');
});

test('answers a page of any origin with its errors too', async () => {
  for (const path of ['/nope', '/files/nope', '/files/019ab3c2-7e5d-7a41-9c3e-5d2f8b6a1e04']) {
    const response = await get(path, { headers: { origin: 'https://app.example' } });
    expect([path, response.headers.get('access-control-allow-origin')]).toEqual([path, '*']);
  }
});

test('gives each request an id of its own, whatever the client says', async () => {
  const forged = { headers: { 'x-request-id': 'mine', 'request-id': 'mine' } };
  const ids = await Promise.all(
    [1, 2].map(async () => (await get('/files', forged)).headers.get('x-request-id')),
  );
  expect(new Set([...ids, 'mine']).size).toBe(3);
});

test('describes every route, with an id for each operation', async () => {
  const contract = await json<{ paths: Record<string, Record<string, { operationId: string }>> }>(
    await get('/openapi.json'),
  );
  const operations = Object.values(contract.paths).flatMap((path) => Object.values(path));
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual([
    'abortUpload',
    'abortUppyUpload',
    'completeUpload',
    'completeUppyUpload',
    'createFile',
    'deleteFile',
    'getFile',
    'getFileContent',
    'getFileHistory',
    'getHealth',
    'getUpload',
    'listFiles',
    'listUppyParts',
    'openUpload',
    'openUppyForm',
    'openUppyUpload',
    'signParts',
    'signUppyPart',
    'signUppyParts',
    'streamEvents',
  ]);
});

test('answers what the contract says, member by member', async () => {
  const { file_id } = await json(await get('/files', { method: 'POST', body: formOf('x') }));
  const answers: [string, string, string, Response][] = [
    ['/files', 'post', '201', await get('/files', { method: 'POST', body: formOf('x') })],
    ['/files', 'post', '400', await get('/files', { method: 'POST', body: new FormData() })],
    ['/files', 'get', '200', await get('/files?limit=1')],
    ['/files', 'get', '200', await get(`/files?file_id=${file_id}`)],
    ['/files/{file_id}', 'get', '200', await get(`/files/${file_id}`)],
    ['/files/{file_id}', 'get', '400', await get('/files/nope')],
    ['/files/{file_id}/history', 'get', '200', await get(`/files/${file_id}/history`)],
    ['/events', 'get', '501', await get('/events')],
    ['/health', 'get', '200', await get('/health')],
  ];
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(openapi, 'contract');
  for (const [path, method, status, response] of answers) {
    expect([path, method, String(response.status)]).toEqual([path, method, status]);
    const type = response.headers.get('content-type')!.split(';')[0]!;
    const pointer = ['paths', path, method, 'responses', status, 'content', type, 'schema']
      .map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const schema: AnySchema = { $ref: `contract#/${pointer}` };
    ajv.validate(schema, await response.json());
    expect([path, method, status, ajv.errorsText()]).toEqual([path, method, status, 'No errors']);
  }
});

test('serves the reference page, under a policy that lets it run its own scripts alone', async () => {
  const page = await get('/docs');
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  const paths = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, path]) => path,
  );
  expect(paths).toHaveLength(3);
  for (const path of paths) expect((await get(path!)).status).toBe(200);
});

test('compresses the files of the reference page for those who take it', async () => {
  const path = '/docs/swagger-ui-bundle.js';
  const plain = await service.app.inject({ url: path });
  const gzip = await service.app.inject({ url: path, headers: { 'accept-encoding': 'gzip' } });
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(gzip.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(gzip.rawPayload).equals(plain.rawPayload)).toBe(true);
});
