import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { BUNDLE_OPTIONS } from '../bundle-options.ts';

const FOLDER = join(import.meta.dirname, '..');

interface Start {
  bytes: number;
  /** The packages, and the names of what plugins made. */
  packages: Set<string>;
}

/** What a bundle loads before anybody asks it anything: index.mjs, and what that imports at once. */
function startOf({ outputs }: Metafile): Start {
  const start: Start = { bytes: 0, packages: new Set() };
  const index = Object.keys(outputs).filter((path) => path.endsWith('index.mjs'));
  // It grows while it is walked.
  const loaded = new Set(index);
  for (const path of loaded) {
    const { bytes, inputs, imports } = outputs[path]!;
    start.bytes += bytes;
    for (const input of Object.keys(inputs)) start.packages.add(packageOf(input));
    for (const { kind, path, external } of imports) {
      if (kind === 'import-statement' && !external) loaded.add(path);
    }
  }
  return start;
}

function packageOf(input: string): string {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input) ?? [];
  return name ?? /^[a-z]+:/.exec(input)?.[0] ?? 'ours';
}

let ours: Start;
let baseline: Start;

beforeAll(async () => {
  const meta = await readFile(join(FOLDER, 'dist/lambda.meta.json'), 'utf8');
  ours = startOf(JSON.parse(meta) as Metafile);
  const { metafile } = await build({
    ...BUNDLE_OPTIONS,
    entryPoints: [join(FOLDER, 'bench/baselines/lambda.ts')],
    outdir: join(FOLDER, 'unwritten'),
    write: false,
    metafile: true,
  });
  baseline = startOf(metafile);
});

test('the start of the Lambda loads less than Fastify, as it comes, and the SDK alone', () => {
  expect(ours.bytes).toBeGreaterThan(0);
  expect(ours.bytes).toBeLessThan(0.95 * baseline.bytes);
});

test('beyond Fastify and the SDK, the start of the Lambda loads few packages', () => {
  const added = [...ours.packages].filter((name) => !baseline.packages.has(name)).sort();
  // What few requests need is imported where it is needed, with `await import(...)`.
  expect(added).toEqual([
    '@aws-sdk/s3-presigned-post',
    '@aws-sdk/s3-request-presigner',
    '@fastify/aws-lambda',
    '@fastify/cors',
    'content-disposition',
    'credentials:',
    'fastify-plugin',
    'typebox',
    'uuid',
  ]);
});
