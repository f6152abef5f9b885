import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const WORKSPACE = join(import.meta.dirname, '../../..');
const NX = join(WORKSPACE, 'node_modules/nx/dist/bin/nx.js');

/** The projects that Nx would look at again after a change to a file. */
async function affectedBy(file: string, target: string): Promise<Set<string>> {
  const args = [NX, 'show', 'projects', '--affected', `--files=${file}`, `--withTarget=${target}`];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, '--json'], {
    cwd: WORKSPACE,
    env: { ...process.env, NX_DAEMON: 'false', NODE_OPTIONS: '' },
  });
  return new Set(JSON.parse(stdout) as string[]);
}

test('a change of libs/storage builds the Lambda again, and tests what is deployed', async () => {
  const built = await affectedBy('libs/storage/src/cursor.ts', 'build');
  expect(built).toEqual(new Set(['api']));
  expect(await affectedBy('libs/storage/src/cursor.ts', 'test')).toContain('infra');
});

test('a change of the api builds the Lambda again, and reckons again what it costs', async () => {
  expect(await affectedBy('apps/api/src/app.ts', 'build')).toEqual(new Set(['api']));
  expect(await affectedBy('apps/api/src/app.ts', 'test')).toEqual(new Set(['api', 'infra']));
});

test('a change of what only tests the api tests nothing of the deployment', async () => {
  expect(await affectedBy('apps/api/test/files.test.ts', 'test')).toEqual(new Set(['api']));
});

test('nothing but a change of its own or of the contract builds the client again', async () => {
  for (const file of ['libs/storage/src/cursor.ts', 'apps/api/src/app.ts']) {
    expect(await affectedBy(file, 'build')).not.toContain('api-client');
  }
  const contract = await affectedBy('libs/api-client/openapi.json', 'build');
  expect(contract).toEqual(new Set(['api', 'api-client', 'web']));
});

test('a change of the upload page builds it and the Lambda that carries it, and tests nothing of the deployment', async () => {
  expect(await affectedBy('apps/web/src/page.tsx', 'build')).toEqual(new Set(['api', 'web']));
  const tested = await affectedBy('apps/web/src/page.tsx', 'test');
  expect(tested).toContain('api');
  expect(tested).not.toContain('infra');
});

test('a change of the deployment builds nothing again', async () => {
  expect(await affectedBy('apps/infra/src/storage.ts', 'build')).toEqual(new Set());
  expect(await affectedBy('apps/infra/src/storage.ts', 'test')).toEqual(new Set(['infra']));
});
