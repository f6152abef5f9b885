import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  const baseline = join(folder, 'lambda.mjs');
  await build({
    ...BUNDLE_OPTIONS,
    entryPoints: [join(import.meta.dirname, 'baselines/lambda.ts')],
    outfile: baseline,
  });
  const taken = await interleave(rounds * RUNS_PER_ROUND, {
    ours: () => millisToReady(BUNDLE),
    baseline: () => millisToReady(baseline),
  });
  const [ours, theirs] = [await readFile(BUNDLE), await readFile(baseline)];
  const name = 'Fastify and the SDK';
  const kib = (bytes: Buffer) => bytes.length / 1024;
  return [
    line('d', ['Lambda, import to ready', taken.ours], [name, taken.baseline], 'ms'),
    line('d', ['Lambda, bundle', kib(ours)], [name, kib(theirs)], 'KiB'),
    line('d', ['Lambda, bundle, gzip', kib(gzipSync(ours))], [name, kib(gzipSync(theirs))], 'KiB'),
  ];
}

async function millisToReady(bundle: string): Promise<number> {
  const script = `const start = performance.now();
    await import(${JSON.stringify(bundle)});
    process.stdout.write(String(performance.now() - start), () => process.exit());`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: ENVIRONMENT });
  return Number(stdout);
}
