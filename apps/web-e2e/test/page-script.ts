import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const PAGES = join(import.meta.dirname, 'pages');

/**
 * Bundles the script of a page for the browser.
 *
 * @param packages the folder whose installed packages it is to use; default: those of this project
 */
export async function bundlePage(name: string, packages = PAGES): Promise<string> {
  const path = join(PAGES, `${name}.ts`);
  const { outputFiles } = await build({
    stdin: { contents: await readFile(path, 'utf8'), loader: 'ts', resolveDir: packages },
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
