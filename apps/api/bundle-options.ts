import type { BuildOptions } from 'esbuild';
import { requiredBuiltins } from './required-builtins.ts';

/**
 * How everything that runs on Lambda is bundled: index.mjs, minified, and beside it a chunk for
 * whatever is imported only where it is used.
 */
export const BUNDLE_OPTIONS = {
  bundle: true,
  splitting: true,
  entryNames: 'index',
  outExtension: { '.js': '.mjs' },
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  // CommonJS packages in the bundle still call require() for Node's own modules.
  banner: {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
  plugins: [requiredBuiltins],
  logLevel: 'warning',
} satisfies BuildOptions;
