import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { builtPageFolder } from '../src/page-folder.ts';
import { startService, type Service } from './service.ts';

let service: Service;
let assets: string[];
beforeAll(async () => {
  service = await startService();
  assets = await readdir(join(builtPageFolder(), 'assets'));
});
afterAll(() => service.close());

const send = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
  service.app.inject({ url, method, headers });
const assetPath = (ending: string) => `/assets/${assets.find((name) => name.endsWith(ending))}`;

/** The directives of the policy that an answer has. */
function policyOf({ headers }: Awaited<ReturnType<typeof send>>): Map<string, string[]> {
  return new Map(
    String(headers['content-security-policy'])
      .split('; ')
      .map((directive) => directive.split(' '))
      .map(([name = '', ...sources]) => [name, sources]),
  );
}

test('serves the page, all that it names, and nothing from elsewhere', async () => {
  const page = await send('/');
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  const paths = [...page.body.matchAll(/(?:src|href)="(assets[^"]+)"/g)].map(([, path]) => path);
  expect(paths.map((path) => path!.split('.').at(-1)).sort()).toEqual(['css', 'js', 'svg']);
  expect(page.body).not.toMatch(/https?:/);
  for (const path of paths) expect((await send(`/${path}`)).statusCode).toBe(200);
});

test('lets the page run its own scripts alone, and speak to the service and the store alone', async () => {
  const policy = policyOf(await send('/'));
  const store = new URL(service.embedded.s3Endpoint).origin;
  expect(policy.get('default-src')).toEqual(["'none'"]);
  expect(policy.get('script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"]);
  expect(policy.get('style-src')).toEqual(["'self'"]);
  expect(policy.get('connect-src')).toEqual(["'self'", store]);
  expect(policy.get('img-src')).toEqual(["'self'", 'blob:', 'data:', store]);
  for (const name of ['object-src', 'base-uri', 'form-action', 'frame-ancestors']) {
    expect([name, policy.get(name)]).toEqual([name, ["'none'"]]);
  }
  expect([...policy.values()].flat()).not.toContain("'unsafe-inline'");
});

test('tells the page whether there are events to be asked for', async () => {
  const built = await readFile(join(builtPageFolder(), 'index.html'), 'utf8');
  expect(built).toContain('<html lang="en" data-events>');
  expect((await send('/')).body).toBe(built.replace(' data-events', ''));
  const other = await startService({ notifications: { follow: async function* () {} } });
  try {
    expect((await other.app.inject('/')).body).toBe(built);
  } finally {
    await other.close();
  }
});

test('has the page asked for again each time, and sent only when it has changed', async () => {
  const page = await send('/');
  expect(page.headers['cache-control']).toBe('no-cache');
  const etag = String(page.headers['etag']);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await send('/', { 'if-none-match': known });
    expect([known, again.statusCode, again.body]).toEqual([known, 304, '']);
    expect(again.headers).toMatchObject({ etag, 'cache-control': 'no-cache' });
  }
  expect((await send('/', { 'if-none-match': '"other"' })).statusCode).toBe(200);
});

test.each([
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml; charset=utf-8'],
])('serves its %s to be kept for ever, compressed for who takes it', async (ending, type) => {
  const path = assetPath(ending);
  const plain = await send(path);
  expect(plain.headers).toMatchObject({
    'content-type': type,
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  });
  expect(plain.headers['vary']).toContain('accept-encoding');
  expect(plain.headers['content-encoding']).toBeUndefined();

  const brotli = await send(path, { 'accept-encoding': 'gzip, deflate, br' });
  expect(brotli.headers).toMatchObject({ 'content-encoding': 'br', 'content-type': type });
  expect(brotliDecompressSync(brotli.rawPayload).equals(plain.rawPayload)).toBe(true);
  const gzip = await send(path, { 'accept-encoding': 'gzip' });
  expect(gzip.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(gzip.rawPayload).equals(plain.rawPayload)).toBe(true);
  // Other bytes, another tag (RFC 9110 section 8.8.3).
  expect(new Set([plain, brotli, gzip].map(({ headers }) => headers['etag'])).size).toBe(3);
});

test.each(['/', 'asset'])('answers HEAD of %s as GET, without the bytes', async (path) => {
  const url = path === 'asset' ? assetPath('.js') : path;
  const headers = { 'accept-encoding': 'br' };
  const got = await send(url, headers);
  const head = await send(url, headers, 'HEAD');
  expect([head.statusCode, head.body]).toEqual([200, '']);
  for (const name of ['etag', 'content-length', 'content-encoding', 'content-type']) {
    expect([name, head.headers[name]]).toEqual([name, got.headers[name]]);
  }
});

test.each([
  '/assets/',
  '/assets/nope.js',
  '/assets/main-AAAAAAAA.js',
  '/assets/index.html',
  '/assets/..%2findex.html',
  '/assets/..%2f..%2f..%2fpackage.json',
  '/assets/%2e%2e/index.html',
  '/assets/..%5cindex.html',
  '/assets/%00',
])('has nothing at %s', async (path) => {
  const answer = await send(path);
  expect([400, 404]).toContain(answer.statusCode);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
});

test('refuses other methods, and says which there are', async () => {
  const answer = await service.app.inject({ method: 'POST', url: assetPath('.js') });
  expect(answer.statusCode).toBe(405);
  expect(answer.headers['allow']).toContain('GET');
});

test('says how to build the page where it is not built, and finds it once it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'page-'));
  const other = await startService({ settings: { pageFolder: join(folder, 'page') } });
  try {
    const missing = await other.app.inject('/');
    expect(missing.statusCode).toBe(200);
    expect(missing.body).toContain('npx nx build web');
    expect(policyOf(missing).get('script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"]);
    await cp(builtPageFolder(), join(folder, 'page'), { recursive: true });
    expect((await other.app.inject('/')).body).toBe((await send('/')).body);
  } finally {
    await other.close();
    await rm(folder, { recursive: true });
  }
});
