import { dirname } from 'node:path';
import { BUNDLE } from './lambda-process.ts';
import { zipOf } from './lambda-zip.ts';

const FOLDER = dirname(BUNDLE);

test('the zip of the Lambda has less than 1.5 MB', async () => {
  const { bytes } = await zipOf(FOLDER);
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(1_500_000);
});

test('the zip has the modules of the bundle, the files of its page, and nothing else', async () => {
  const { files } = await zipOf(FOLDER);
  const names = files.map(({ name }) => name);
  expect(names).toContain('index.mjs');
  expect(names.filter((name) => !name.endsWith('.mjs'))).toEqual([
    'swagger-ui-bundle.js',
    'swagger-ui.css',
  ]);
});
