import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { isComplete, type GlobalConfig, type ProjectConfig } from './complete-run.ts';

const FILE = join(import.meta.dirname, '../../infra/test/recorded-calls.json');
const RECORD = 'npx nx run api:record-calls';

/**
 * After all test files: compares the kinds of calls to AWS that they saw with those for which
 * `apps/infra` grants permissions, or writes these, where RECORDED_CALLS is `write`.
 *
 * @throws Error where they differ; a run of some tests alone may see fewer
 */
export default async function tearDown(run: GlobalConfig, project: ProjectConfig): Promise<void> {
  const folder = process.env['RECORDED_CALLS_FOLDER'] ?? '';
  const calls = await readCalls(folder);
  await rm(folder, { recursive: true });
  const complete = await isComplete(run, project);
  if (process.env['RECORDED_CALLS'] === 'write') {
    if (!complete) throw new Error('Only a run of all tests can record all calls.');
    return await write(calls);
  }

  const known = new Set(
    (JSON.parse(await readFile(FILE, 'utf8')) as object[]).map((call) => JSON.stringify(call)),
  );
  const unknown = calls.filter((call) => !known.has(call));
  const unused = complete ? [...known].filter((call) => !calls.includes(call)) : [];
  if (unknown.length === 0 && unused.length === 0) return;
  throw new Error(
    [
      'The calls to AWS are no longer those in apps/infra/test/recorded-calls.json.',
      ...unknown.map((call) => `  made, but not recorded: ${call}`),
      ...unused.map((call) => `  recorded, but no longer made: ${call}`),
      `Should they be, record them anew with: ${RECORD}`,
      'Then `npx nx test infra` tells which permissions are missing or no longer needed.',
    ].join('\n'),
  );
}

/** What all test files recorded: each kind once, in the order of their text. */
async function readCalls(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
  return [...new Set(lines)].sort();
}

async function write(calls: readonly string[]): Promise<void> {
  const options = await resolveConfig(FILE);
  await writeFile(FILE, await format(`[${calls.join(',')}]`, { ...options, filepath: FILE }));
}
