import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { BUNDLE_OPTIONS } from '../bundle-options.ts';
import { BUNDLE } from '../test/lambda-process.ts';
import { line, type Line } from './report.ts';
import { interleave } from './rounds.ts';

const RUNS_PER_ROUND = 5;
const ENVIRONMENT = {
  BUCKET_NAME: 'bucket',
  METADATA_TABLE: 'table',
  PUBLIC_BASE_URL: 'https://files.example',
  LOG_LEVEL: 'silent',
};

/** Row (d): from import to ready, in a fresh process each time, and the size of the bundle. */
export async function measureLambdaStart(folder: string, rounds: number): Promise<Line[]> {
  const baseline = join(folder, 'lambda/index.mjs');
  await build({
    ...BUNDLE_OPTIONS,
    entryPoints: [join(import.meta.dirname, 'baselines/lambda.ts')],
    outdir: dirname(baseline),
  });
  const taken = await interleave(rounds * RUNS_PER_ROUND, {
    ours: () => millisToReady(BUNDLE),
    baseline: () => millisToReady(baseline),
  });
  const [ours, theirs] = [await modulesOf(BUNDLE), await modulesOf(baseline)];
  const name = 'Fastify and the SDK';
  const kib = (modules: Buffer[]) => modules.reduce((sum, { length }) => sum + length, 0) / 1024;
  const zipped = (modules: Buffer[]) => modules.map((module) => gzipSync(module));
  return [
    line('d', ['Lambda, import to ready', taken.ours], [name, taken.baseline], 'ms'),
    line('d', ['Lambda, bundle', kib(ours)], [name, kib(theirs)], 'KiB'),
    line('d', ['Lambda, bundle, gzip', kib(zipped(ours))], [name, kib(zipped(theirs))], 'KiB'),
  ];
}

/** Every module of a bundle: the one that is imported, and its chunks. */
async function modulesOf(bundle: string): Promise<Buffer[]> {
  const names = await readdir(dirname(bundle));
  const modules = names.filter((name) => name.endsWith('.mjs'));
  return await Promise.all(modules.map((name) => readFile(join(dirname(bundle), name))));
}

async function millisToReady(bundle: string): Promise<number> {
  const script = `const start = performance.now();
    await import(${JSON.stringify(bundle)});
    process.stdout.write(String(performance.now() - start), () => process.exit());`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: ENVIRONMENT });
  return Number(stdout);
}
