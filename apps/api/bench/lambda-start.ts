import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { BUNDLE_OPTIONS } from '../bundle-options.ts';
import { BUNDLE } from '../test/lambda-process.ts';
import { zipOf, type Zip } from '../test/lambda-zip.ts';
import { line, type Line } from './report.ts';
import { interleave } from './rounds.ts';

const RUNS_PER_ROUND = 8;
const ENVIRONMENT = {
  BUCKET_NAME: 'bucket',
  METADATA_TABLE: 'table',
  PUBLIC_BASE_URL: 'https://files.example',
  LOG_LEVEL: 'silent',
};

/** Row (d): from import to ready, in a fresh process each time, and what is deployed. */
export async function measureLambdaStart(
  folder: string,
  rounds: number,
): Promise<{ lines: Line[]; zip: Zip }> {
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
  const zip = await zipOf(dirname(BUNDLE));
  const theirs = await zipOf(dirname(baseline));
  const name = 'Fastify and the SDK';
  const lines = [
    line('d', ['Lambda, import to ready', taken.ours], [name, taken.baseline], 'ms'),
    line('d', ['Lambda, modules', modulesOf(zip)], [name, modulesOf(theirs)], 'KiB'),
    line('d', ['Lambda, zip with its page', zip.bytes / 1024], [name, theirs.bytes / 1024], 'KiB'),
  ];
  return { lines, zip };
}

/** KiB of all modules, before compression. */
function modulesOf({ files }: Zip): number {
  const modules = files.filter(({ name }) => name.endsWith('.mjs'));
  return modules.reduce((sum, { bytes }) => sum + bytes, 0) / 1024;
}

async function millisToReady(bundle: string): Promise<number> {
  const script = `const start = performance.now();
    await import(${JSON.stringify(bundle)});
    process.stdout.write(String(performance.now() - start), () => process.exit());`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: ENVIRONMENT });
  return Number(stdout);
}
