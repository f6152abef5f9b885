/**
 * Bundles the Lambda: ES modules, and the files it serves.
 *
 *   node build-lambda.ts [folder, by default dist/lambda; what is in it goes]
 *
 * The same sources make the same bytes, wherever they are: what is deployed changes with them alone.
 */
import { copyFile, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE_OPTIONS } from './bundle-options.ts';
import { environmentCredentials } from './environment-credentials.ts';
import { precompiledValidators } from './precompiled-validators.ts';
import { swaggerUiFolder } from './src/docs-folder.ts';
import { builtPageFolder } from './src/page-folder.ts';

const OUT = resolve(process.argv[2] ?? join(import.meta.dirname, 'dist/lambda'));

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });

const { metafile } = await build({
  ...BUNDLE_OPTIONS,
  entryPoints: [join(import.meta.dirname, 'src/lambda.ts')],
  outdir: OUT,
  absWorkingDir: import.meta.dirname,
  plugins: [...BUNDLE_OPTIONS.plugins, environmentCredentials, precompiledValidators],
  // Fastify's own compilers, which it loads only where app.ts brings none.
  external: ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler'],
  metafile: true,
});

const stray = Object.keys(metafile.inputs).filter((path) => path.includes('libs/embedded/'));
if (stray.length > 0) {
  throw new Error(`The Lambda must not contain the embedded stores: ${stray.join(', ')}`);
}
for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
  await copyFile(join(swaggerUiFolder(), name), join(OUT, name));
}
await cp(builtPageFolder(), join(OUT, 'page'), { recursive: true });
// What is in the bundle, and how large: https://esbuild.github.io/analyze/
await writeFile(`${OUT}.meta.json`, JSON.stringify(metafile));
