import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isComplete, type GlobalConfig, type ProjectConfig } from './complete-run.ts';

const PROJECT = join(import.meta.dirname, '..');
const WORKSPACE = join(PROJECT, '../..');
const JEST = join(WORKSPACE, 'node_modules/jest/bin/jest.js');

/** What a teardown is told, had Jest been started so. */
async function configsOf(...args: string[]): Promise<[GlobalConfig, ProjectConfig]> {
  const { stdout } = await promisify(execFile)(process.execPath, [JEST, '--showConfig', ...args], {
    cwd: PROJECT,
  });
  const { globalConfig, configs } = JSON.parse(stdout) as {
    // Which prints itself as its patterns.
    globalConfig: Omit<GlobalConfig, 'testPathPatterns'> & { testPathPatterns: string[] };
    configs: [ProjectConfig];
  };
  const testPathPatterns = { patterns: globalConfig.testPathPatterns };
  return [{ ...globalConfig, testPathPatterns }, configs[0]];
}

test.each([[], ['--runInBand', '--silent']])(
  'a run of all tests is complete: %s',
  async (...args) => {
    expect(await isComplete(...(await configsOf(...args)))).toBe(true);
  },
);

test.each([
  'test/files.test.ts',
  '--testPathPatterns=files',
  '--testNamePattern=public',
  '--testPathIgnorePatterns=/lambda/',
  '--modulePathIgnorePatterns=/lambda/',
  '--testMatch=**/files.test.ts',
  '--roots=src',
  '--shard=1/2',
  '--onlyChanged',
  '--changedSince=HEAD',
  '--onlyFailures',
])('one with %s is not', async (arg) => {
  expect(await isComplete(...(await configsOf(arg)))).toBe(false);
});

test('the calls are recorded by the run of all tests, on what it runs on', async () => {
  const read = async (file: string) => JSON.parse(await readFile(file, 'utf8')) as unknown;
  const { targetDefaults } = (await read(join(WORKSPACE, 'nx.json'))) as Workspace;
  const { nx } = (await read(join(PROJECT, 'package.json'))) as { nx: Project };
  expect(nx.targets['record-calls']).toEqual({
    executor: targetDefaults.test.executor,
    dependsOn: nx.targets.test.dependsOn,
    options: { ...targetDefaults.test.options, env: { RECORDED_CALLS: 'write' } },
  });
});

interface Workspace {
  targetDefaults: { test: { executor: string; options: object } };
}
interface Project {
  targets: { test: { dependsOn: string[] }; 'record-calls': object };
}
