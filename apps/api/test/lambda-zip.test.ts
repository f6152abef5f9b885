import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { builtPageFolder } from '../src/page-folder.ts';
import { BUNDLE } from './lambda-process.ts';
import { zipOf } from './lambda-zip.ts';

const FOLDER = dirname(BUNDLE);

test('the zip of the Lambda has less than 1.5 MB', async () => {
  const { bytes } = await zipOf(FOLDER);
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(1_500_000);
});

test('the zip has the modules of the bundle, the files of its two pages, and nothing else', async () => {
  const { files } = await zipOf(FOLDER);
  const names = files.map(({ name }) => name);
  expect(names).toContain('index.mjs');
  const page = await readdir(join(builtPageFolder(), 'assets'));
  expect(names.filter((name) => !name.endsWith('.mjs'))).toEqual([
    ...page.map((name) => `page/assets/${name}`).sort(),
    'page/index.html',
    'swagger-ui-bundle.js',
    'swagger-ui.css',
  ]);
});
