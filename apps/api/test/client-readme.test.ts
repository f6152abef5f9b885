import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startServer, type Server } from './client-server.ts';

const run = promisify(execFile);
const PACKAGE = join(import.meta.dirname, '../../../libs/api-client');
// Within the package, where its name means the package itself, as it was built.
const FOLDER = join(PACKAGE, 'dist/readme');
const TSC = join(PACKAGE, '../../node_modules/typescript/bin/tsc');

/** What stands before each example in the README, and what it prints. */
const EXAMPLES: [name: string, fence: string, printed: string][] = [
  ['first', '```ts\n', 'hello.txt 1 Hello, world\n'],
  ['upload', '```ts uploadFile\n', 'true true\n'],
];
const pathOf = (name: string) => join(FOLDER, `${name}.ts`);

let server: Server;

beforeAll(async () => {
  server = await startServer();
  const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
  await mkdir(FOLDER, { recursive: true });
  for (const [name, fence] of EXAMPLES) {
    const [code = ''] = (readme.split(fence)[1] ?? '').split('```');
    await writeFile(pathOf(name), code.replace('http://127.0.0.1:3000', server.url));
  }
  await writeFile(join(FOLDER, 'holiday.mp4'), randomBytes(40 * 1024 ** 2));
});

afterAll(() => server.close());

test.each(EXAMPLES)('the %s example of the README does what it says', async (name, _, printed) => {
  const { stdout } = await run(process.execPath, [pathOf(name)], { env: {}, cwd: FOLDER });
  expect(stdout).toBe(printed);
});

test.each(EXAMPLES)('the %s example of the README fits the types, in strict mode', async (name) => {
  const strict = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--module',
    'nodenext',
  ];
  const options = [...strict, '--target', 'es2024', '--types', 'node', pathOf(name)];
  await expect(run(process.execPath, [TSC, ...options])).resolves.toMatchObject({ stdout: '' });
});
