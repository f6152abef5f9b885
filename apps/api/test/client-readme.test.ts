import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startServer, type Server } from './client-server.ts';

const run = promisify(execFile);
const PACKAGE = join(import.meta.dirname, '../../../libs/api-client');
// Within the package, where its name means the package itself, as it was built.
const EXAMPLE = join(PACKAGE, 'dist/readme/example.ts');
const TSC = join(PACKAGE, '../../node_modules/typescript/bin/tsc');

let server: Server;

beforeAll(async () => {
  server = await startServer();
  const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
  const [, code = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  await mkdir(join(EXAMPLE, '..'), { recursive: true });
  await writeFile(EXAMPLE, code.replace('http://127.0.0.1:3000', server.url));
});

afterAll(() => server.close());

test('the example of the README does what it says', async () => {
  const { stdout } = await run(process.execPath, [EXAMPLE], { env: {} });
  expect(stdout).toBe('hello.txt 1 Hello, world\n');
});

test('the example of the README fits the types, in strict mode', async () => {
  const strict = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--module',
    'nodenext',
  ];
  const options = [...strict, '--target', 'es2024', '--types', 'node', EXAMPLE];
  await expect(run(process.execPath, [TSC, ...options])).resolves.toMatchObject({ stdout: '' });
});
