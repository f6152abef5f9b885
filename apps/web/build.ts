/**
 * Builds the page into dist/page: index.html, and in assets/ all that it loads, under names that
 * change with what is in them.
 *
 *   node build.ts [--watch]
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { context, type Metafile, type Plugin } from 'esbuild';

const SOURCES = join(import.meta.dirname, 'src');
const OUT = join(import.meta.dirname, 'dist/page');
/** What the page loads, by its name in index.html. */
const ENTRY_POINTS = { script: 'main.tsx', style: 'style.css', icon: 'icon.svg' };

/** Writes index.html with the names that the files have got. */
const writeIndex: Plugin = {
  name: 'write-index',
  setup(build) {
    build.onEnd(async ({ metafile, errors }) => {
      if (!metafile || errors.length > 0) return;
      let html = await readFile(join(SOURCES, 'index.html'), 'utf8');
      for (const [name, source] of Object.entries(ENTRY_POINTS)) {
        html = html.replace(`{{${name}}}`, `assets/${builtName(metafile, source)}`);
      }
      await writeFile(join(OUT, 'index.html'), html);
    });
  },
};

function builtName({ outputs }: Metafile, source: string): string {
  const built = Object.entries(outputs).find(
    ([, { entryPoint, inputs }]) => (entryPoint ?? Object.keys(inputs)[0]) === `src/${source}`,
  );
  if (!built) throw new Error(`esbuild has made nothing of ${source}.`);
  return basename(built[0]);
}

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const building = await context({
  absWorkingDir: import.meta.dirname,
  entryPoints: Object.values(ENTRY_POINTS).map((source) => join(SOURCES, source)),
  outdir: join(OUT, 'assets'),
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.svg': 'copy' },
  // The first with AbortSignal.any, which the client needs.
  target: ['es2022', 'chrome116', 'firefox124', 'safari17.4'],
  metafile: true,
  logLevel: 'warning',
  plugins: [writeIndex],
});
if (process.argv.includes('--watch')) {
  await building.watch();
} else {
  await building.rebuild();
  await building.dispose();
}
