import { createRequire } from 'node:module';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { MIB, openSamples, type Samples } from './samples.ts';
import { takePicture } from './screenshots.ts';
import { startServer, type Server } from './server.ts';
import { withUploadPage } from './upload-page.ts';
import { launchBrowser } from './watched-page.ts';

const PHOTO = join(import.meta.dirname, '../../../docs/photo.jpg');
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** Of the width of a common phone. */
const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
/** Presses of a key after which something should have the focus. */
const MANY = 60;

let server: Server;
let browser: Browser;
let samples: Samples;

beforeAll(async () => {
  [server, browser, samples] = await Promise.all([startServer(), launchBrowser(), openSamples()]);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([server?.remove(), samples?.remove()]);
});
beforeEach(async () => {
  // Each test finds the same files.
  const { files } = (await (await fetch(`${server.url}/files`)).json()) as {
    files: { file_id: string }[];
  };
  for (const { file_id } of files)
    await fetch(`${server.url}/files/${file_id}`, { method: 'DELETE' });
  await store('photo.jpg', 'image/jpeg', await readFile(PHOTO));
  await store('a text with a name that is longer than a phone is wide.txt', 'text/plain', 'text');
  await store('not-a-picture.png', 'image/png', 'This is text.');
});

async function store(name: string, type: string, bytes: BlobPart): Promise<void> {
  const form = new FormData();
  form.append('file', new Blob([bytes], { type }), name);
  await fetch(`${server.url}/files`, { method: 'POST', body: form });
}

/** What axe finds wrong of the page as it is now, that keeps people from using it. */
async function seriousProblems(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(AXE, 'utf8'));
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
    );
}

async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let i = 0; i < MANY; i++) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`The Tab key does not lead to ${target.toString()}.`);
}

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each([
    ['desktop', {}],
    ['phone', PHONE],
  ])('everybody can use it, on a %s too', async (device, options) => {
    const sample = await samples.make('on its way.bin', 40 * MIB);
    const notPicture = join(samples.folder, 'no picture.png');
    await writeFile(notPicture, 'This is text.');
    await withUploadPage(
      browser,
      server.url,
      async (upload) => {
        const { page } = upload;
        await upload.file('not-a-picture.png').locator('[data-status=INVALID]').waitFor();
        await upload.allSettled('photo.jpg');
        const picture = (name: string) => takePicture(page, `${device}-${colorScheme}-${name}`);
        const look = async (name: string) => {
          await picture(name);
          expect(await seriousProblems(page)).toEqual([]);
          const tooWide = await page.evaluate(() => {
            const { scrollWidth, clientWidth } = document.documentElement;
            return scrollWidth - clientWidth;
          });
          expect(tooWide).toBeLessThanOrEqual(0);
        };
        await look('files');
        await upload.letOut(1);
        await upload.choose(sample.path, notPicture);
        await upload.isPast(15);
        // All that the panel may say of problems.
        await upload.panel.getByRole('list', { name: 'Rejected files' }).waitFor();
        await upload.drop(sample.path);
        await upload.panel.getByText('is already here').waitFor();
        await look('uploading');
        for (const what of ['notice', 'rejected files'])
          await upload.panel.getByRole('button', { name: `Dismiss ${what}` }).click();
        await upload.panel.getByRole('button', { name: 'Pause', exact: true }).click();
        await upload.panel.getByRole('button', { name: 'Resume', exact: true }).waitFor();
        await look('paused');
        await upload.panel.getByRole('button', { name: 'Cancel', exact: true }).last().click();
        await page.getByRole('button', { name: 'Delete photo.jpg' }).click();
        await page.getByRole('dialog').waitFor();
        await look('delete');
      },
      { ...options, colorScheme, tolerated: [/net::ERR_ABORTED/] },
    );
  });
});

test('the keyboard is enough to upload a file, copy its link and delete it', async () => {
  const { path } = await samples.make('by keyboard.bin', MIB);
  await withUploadPage(
    browser,
    server.url,
    async (upload) => {
      const { page } = upload;
      const choosing = page.waitForEvent('filechooser');
      await tabTo(page, upload.panel.getByRole('button', { name: 'Choose files' }));
      await page.keyboard.press('Enter');
      await (await choosing).setFiles(path);
      await upload.allSettled('by keyboard.bin');
      // The panel takes the focus back when it is empty, and must not while it goes elsewhere.
      const empty = upload.panel.getByRole('button', { name: 'Choose files' });
      await empty.and(page.locator(':focus')).waitFor();

      const button = (name: string) => page.getByRole('button', { name, exact: true });
      await tabTo(page, button('Copy link to by keyboard.bin'));
      await page.keyboard.press('Enter');
      await page.getByText('Link to by keyboard.bin copied.').waitFor();
      const link = await page.evaluate(() => navigator.clipboard.readText());
      expect((await fetch(link)).status).toBe(200);

      const remove = button('Delete by keyboard.bin');
      await tabTo(page, remove);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await remove.evaluate((element) => element === document.activeElement)).toBe(true);
      await page.keyboard.press('Enter');
      await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Delete' }));
      await page.keyboard.press('Enter');
      await upload.file('by keyboard.bin').waitFor({ state: 'detached' });
      await page.getByText('by keyboard.bin deleted.').waitFor({ state: 'attached' });
      // The focus is where one goes on, and not lost.
      const focused = await page.evaluate(() => document.activeElement?.tagName);
      expect(focused).not.toBe('BODY');
    },
    { permissions: ['clipboard-read', 'clipboard-write'] },
  );
});
