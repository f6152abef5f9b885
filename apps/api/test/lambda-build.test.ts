import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { filesOf } from './lambda-zip.ts';

const BUILD = join(import.meta.dirname, '../build-lambda.ts');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lambda-build-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Builds the Lambda in a process of its own, and reads every file that is deployed. */
async function build(name: string, cwd: string, env: Record<string, string>) {
  const out = join(folder, name, 'lambda');
  await promisify(execFile)(process.execPath, ['--no-warnings', BUILD, out], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
  });
  const names = await filesOf(out);
  return await Promise.all(
    names.map(async (file) => [file, await readFile(join(out, file), 'latin1')] as const),
  );
}

test('the same sources make the same Lambda, byte by byte, wherever and whenever it is built', async () => {
  const one = await build('one', join(import.meta.dirname, '..'), { TZ: 'UTC' });
  const other = await build('a-second', tmpdir(), { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8' });
  expect(other.map(([file]) => file)).toEqual(one.map(([file]) => file));
  // Not one by toEqual: what it would print of a difference is a megabyte.
  const different = one.filter(([, content], index) => content !== other[index]?.[1]);
  expect(different.map(([file]) => file)).toEqual([]);
  expect(one.length).toBeGreaterThan(10);
});
