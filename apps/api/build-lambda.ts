/** Bundles the Lambda into dist/lambda: one ES module, and the files it serves. */
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { swaggerUiFolder } from './src/docs-folder.ts';

const OUT = join(import.meta.dirname, 'dist/lambda');

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });

const { metafile } = await build({
  entryPoints: [join(import.meta.dirname, 'src/lambda.ts')],
  outfile: join(OUT, 'index.mjs'),
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  // Fastify's own compilers, which it loads only where app.ts brings none.
  external: ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler'],
  // CommonJS packages in the bundle still call require() for Node's own modules.
  banner: {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});

const stray = Object.keys(metafile.inputs).filter((path) => path.includes('libs/embedded/'));
if (stray.length > 0) {
  throw new Error(`The Lambda must not contain the embedded stores: ${stray.join(', ')}`);
}
for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
  await copyFile(join(swaggerUiFolder(), name), join(OUT, name));
}
// What is in the bundle, and how large: https://esbuild.github.io/analyze/
await writeFile(`${OUT}.meta.json`, JSON.stringify(metafile));
