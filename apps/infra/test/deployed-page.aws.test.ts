import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync } from 'node:zlib';
import { deploy, type DeployedStack } from './emulator/deploy.ts';
import { Service } from './emulator/service.ts';

/** The upload page, as the deployed function serves it. */
const endpoint = process.env['AWS_ENDPOINT_URL'] ?? '';
if (!endpoint) throw new Error('Run these tests with: npm run test:aws');

let stack: DeployedStack;
let service: Service;
beforeAll(async () => {
  stack = await deploy(endpoint, 'page', { 'file-upload:protect': 'false' });
  service = new Service(stack.outputs.api_endpoint);
});
afterAll(() => stack[Symbol.asyncDispose]());

/** The bytes as they travel, where `fetch` would take the coding away. */
async function bytesOf(path: string, headers: Record<string, string>) {
  const answered = once(get(service.url + path, { headers }), 'response');
  const [answer] = (await answered) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, body: await buffer(answer) };
}

test('the page is there, may speak to the bucket, and is asked for again each time', async () => {
  const page = await service.request('/');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const policy = page.headers.get('content-security-policy');
  expect(policy).toContain(`connect-src 'self' ${stack.edge.url};`);
  const etag = page.headers.get('etag') ?? '';
  const again = await service.request('/', { headers: { 'if-none-match': etag } });
  expect(again.status).toBe(304);
});

test('all that the page names comes compressed, and is kept for ever', async () => {
  const page = await (await service.request('/')).text();
  const names = [...page.matchAll(/(?:src|href)="(assets[^"]+)"/g)].map(([, name]) => `/${name}`);
  expect(names.map((name) => name.split('.').at(-1)).sort()).toEqual(['css', 'js', 'svg']);
  for (const name of names) {
    const plain = await bytesOf(name, {});
    const compressed = await bytesOf(name, { 'accept-encoding': 'gzip, br' });
    expect(compressed).toMatchObject({
      status: 200,
      headers: {
        'content-encoding': 'br',
        'cache-control': 'public, max-age=31536000, immutable',
      },
    });
    expect(compressed.body.length).toBeLessThan(plain.body.length);
    expect(brotliDecompressSync(compressed.body).equals(plain.body)).toBe(true);
  }
});
