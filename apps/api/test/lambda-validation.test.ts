import type { FastifyInstance } from 'fastify';
import type { Metafile } from 'esbuild';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { outlineApp } from '../app-outline.ts';
import { apiGatewayEvent } from './api-gateway-event.ts';
import { startLambdaBackend, type LambdaBackend } from './lambda-backend.ts';
import { BUNDLE, startLambda, type Lambda } from './lambda-process.ts';

let backend: LambdaBackend;
let lambda: Lambda;
let server: FastifyInstance;

beforeAll(async () => {
  backend = await startLambdaBackend();
  lambda = await startLambda(backend.environment);
  server = await outlineApp();
});

afterAll(async () => {
  await server.close();
  await lambda.close();
  await backend.close();
});

const ID = '01890000-0000-7000-8000-000000000000';
const file = (members: object) => ({ file_name: 'a.txt', file_content: 'aGk=', ...members });

test.each([
  ['GET', '/files?limit=0', undefined],
  ['GET', '/files?limit=1.5', undefined],
  ['GET', '/files?limit=many', undefined],
  ['GET', '/files?file_id=1', undefined],
  ['GET', '/files?status=GOOD', undefined],
  ['GET', `/files?cursor=${'x'.repeat(513)}`, undefined],
  ['GET', '/files/1', undefined],
  ['HEAD', '/files/1', undefined],
  ['GET', '/files/1/content', undefined],
  ['GET', '/files/1/history', undefined],
  ['GET', `/files/${ID}/content?download=yes`, undefined],
  ['DELETE', '/files/1', undefined],
  ['POST', '/files', { file_name: 'a.txt' }],
  ['POST', '/files', file({ file_name: '' })],
  ['POST', '/files', file({ file_name: 1 })],
  ['POST', '/files', file({ content_type: 'text' })],
  ['POST', '/files', file({ visibility: 'secret' })],
  ['POST', '/files', file({ checksum: { algorithm: 'MD5', value: '' } })],
  ['POST', '/files', file({ owner: 'me' })],
  ['POST', '/files', [file({})]],
] as const)('the Lambda refuses %s %s %j as the server does', async (method, path, payload) => {
  const body = payload && JSON.stringify(payload);
  const headers: Record<string, string> = body ? { 'content-type': 'application/json' } : {};
  const ours = await server.inject({ method, url: path, headers, ...(body && { body }) });
  const init = { method, headers, ...(body && { body }) };
  const theirs = await lambda.invoke(await apiGatewayEvent(path, init));

  expect(ours.statusCode).toBe(400);
  expect(theirs.statusCode).toBe(400);
  expect(withoutId(theirs.body)).toEqual(withoutId(ours.body));
});

function withoutId(body: string): unknown {
  return body && { ...(JSON.parse(body) as object), request_id: undefined };
}

test('the Lambda has its validators compiled, and no compiler', async () => {
  const meta = join(import.meta.dirname, '../dist/lambda.meta.json');
  const { outputs } = JSON.parse(await readFile(meta, 'utf8')) as Metafile;
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  expect(inputs.filter((path) => path.startsWith('validator:')).length).toBeGreaterThan(5);
  expect(inputs.filter((path) => path.includes('ajv/dist/compile'))).toEqual([]);
});

test('a Lambda that cannot load a validator does not blame the client', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lambda-'));
  const filter = (path: string) => !path.includes('validator-');
  await cp(dirname(BUNDLE), folder, { recursive: true, filter });
  const broken = await startLambda(backend.environment, join(folder, 'index.mjs'));
  const answer = await broken
    .invoke(await apiGatewayEvent('/files/1'))
    .finally(() => broken.close())
    .finally(() => rm(folder, { recursive: true }));
  expect(answer.statusCode).toBe(500);
  expect(JSON.parse(answer.body)).toMatchObject({
    code: 'INTERNAL_ERROR',
    message: 'The service failed. Its log knows the request by its id.',
  });
});
