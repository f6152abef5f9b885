/**
 * Shows that the contract is good for another language: has a generator of somebody else make a
 * Python client of it, checks its types, and uses it on a running server.
 *
 *     npm run test:python
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../client-server.ts';

const CONTRACT = join(import.meta.dirname, '../../../../libs/api-client/openapi.json');
const INSTALL = 'pip install -r apps/api/test/python/requirements.txt';

/** Runs Python, and resolves with its exit code. @throws Error where there is no Python */
async function python(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn('python3', args, { env: { ...process.env, ...env }, stdio: 'inherit' });
  const [code] = (await once(child, 'exit').catch((cause: unknown) => {
    throw new Error('Python is not installed: this needs Python 3.11 or newer.', { cause });
  })) as [number | null];
  return code ?? 1;
}

async function requireTools(): Promise<void> {
  const look =
    'import sys, importlib.util as found;' +
    'sys.exit(not all(map(found.find_spec, ["openapi_python_client", "mypy"])))';
  if ((await python(['-c', look])) !== 0) {
    throw new Error(`The generator is not installed. Install it: ${INSTALL}`);
  }
}

/** Generates the client into `folder`, checks it and the tests, and runs them. */
async function run(folder: string): Promise<number> {
  const client = join(folder, 'file_upload_client');
  const generate = [
    ...['-m', 'openapi_python_client', 'generate', '--meta', 'none', '--fail-on-warning'],
    ...['--path', CONTRACT, '--output-path', client],
    ...['--config', join(import.meta.dirname, 'generator.json')],
  ];
  if ((await python(generate)) !== 0) return 1;

  const check = ['--strict', '--cache-dir', join(folder, 'cache'), client, import.meta.dirname];
  if ((await python(['-m', 'mypy', ...check], { MYPYPATH: folder })) !== 0) return 1;

  const server = await startServer();
  try {
    return await python([join(import.meta.dirname, 'run_tests.py')], {
      PYTHONPATH: folder,
      PYTHONDONTWRITEBYTECODE: '1',
      SERVICE_URL: server.url,
    });
  } finally {
    await server.close();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'python-client-'));
try {
  await requireTools();
  process.exitCode = await run(folder);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}
