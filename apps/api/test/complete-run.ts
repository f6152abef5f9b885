import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

/** What Jest was asked to leave out of a run. */
export interface GlobalConfig {
  nonFlagArgs: readonly string[];
  testPathPatterns: { patterns: readonly string[] };
  testNamePattern?: string;
  onlyChanged: boolean;
  onlyFailures: boolean;
  shard?: object;
  filter?: string;
}

/** What makes a file one with tests: of the configuration, unless the command line has another. */
export interface ProjectConfig {
  rootDir: string;
  roots: readonly string[];
  testMatch: readonly string[];
  testPathIgnorePatterns: readonly string[];
  modulePathIgnorePatterns: readonly string[];
}

/** Whether no test was left out on purpose. */
export async function isComplete(run: GlobalConfig, project: ProjectConfig): Promise<boolean> {
  const { rootDir, roots, testMatch, testPathIgnorePatterns } = project;
  const { default: configured } = (await import(join(rootDir, 'jest.config.mjs'))) as {
    default: Pick<ProjectConfig, 'testMatch' | 'testPathIgnorePatterns'>;
  };
  const hasAllFiles =
    isDeepStrictEqual(testMatch, configured.testMatch) &&
    isDeepStrictEqual(testPathIgnorePatterns, configured.testPathIgnorePatterns) &&
    isDeepStrictEqual(roots, [rootDir]) &&
    project.modulePathIgnorePatterns.length === 0;
  const hasPaths = run.nonFlagArgs.length > 0 || run.testPathPatterns.patterns.length > 0;
  const { testNamePattern, onlyChanged, onlyFailures, shard, filter } = run;
  const isPart = testNamePattern || hasPaths || onlyChanged || onlyFailures || shard || filter;
  return hasAllFiles && !isPart;
}
