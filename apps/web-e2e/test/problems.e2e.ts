import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { MIB, openSamples, type Samples } from './samples.ts';
import { takePicture } from './screenshots.ts';
import { startServer, type Server } from './server.ts';
import { withUploadPage } from './upload-page.ts';
import { launchBrowser } from './watched-page.ts';

const PHOTO = join(import.meta.dirname, '../../../docs/photo.jpg');

let server: Server;
let strict: Server;
let browser: Browser;
let samples: Samples;

beforeAll(async () => {
  [server, strict, browser, samples] = await Promise.all([
    startServer(),
    startServer({ ALLOWED_CONTENT_TYPES: 'image/*', ALLOWED_ORIGINS: 'https://app.example' }),
    launchBrowser(),
    openSamples(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([server?.remove(), strict?.remove(), samples?.remove()]);
});

test('a file that is chosen again while it is being sent is not added, and the panel says so', async () => {
  const { path } = await samples.make('twice.bin', 20 * MIB);
  await withUploadPage(browser, server.url, async (upload) => {
    await upload.letOut(0);
    await upload.choose(path);
    await upload.panel.getByText('twice.bin').first().waitFor();
    await upload.drop(path);
    const words = 'twice.bin is already here, and was not added again.';
    await upload.panel.getByText(words).waitFor();
    await upload.page.locator('[aria-live]').getByText(words).waitFor({ state: 'attached' });
    expect(await upload.panel.getByRole('listitem').count()).toBe(1);
    await takePicture(upload.page, 'chosen-again');
    // Once it has left the panel it may come again, and is what is said no more.
    await upload.letOut(Infinity);
    await upload.panel.getByRole('button', { name: 'Choose files' }).waitFor();
    await upload.letOut(0);
    await upload.drop(path);
    await upload.panel.getByText('twice.bin').first().waitFor();
    expect(await upload.panel.getByText(words).count()).toBe(0);
  });
});

test('a file that failed is sent again when it is chosen again', async () => {
  const { path } = await samples.make('failed.bin', 1000);
  await withUploadPage(
    browser,
    server.url,
    async (upload) => {
      const refusal = { code: 'NOT_NOW', message: 'Not now.' };
      const isOpening = ({ pathname }: URL) => pathname === '/uploads';
      await upload.page.route(isOpening, (route) => route.fulfill({ status: 409, json: refusal }));
      await upload.choose(path);
      await upload.panel.getByRole('list', { name: 'Failed uploads' }).waitFor();
      await upload.page.unroute(isOpening);
      await upload.drop(path);
      await upload.allSettled('failed.bin');
      // Neither in the panel nor to who listens.
      expect(await upload.page.getByText('is already here').count()).toBe(0);
    },
    { tolerated: [/status of 4/, /\[Uppy\]/] },
  );
});

test('a file that is rejected after it has arrived leaves the panel, which says why until it is dismissed', async () => {
  const path = join(samples.folder, 'not-a-photo.png');
  await copyFile(PHOTO, path);
  await withUploadPage(browser, server.url, async (upload) => {
    await upload.choose(path, PHOTO);
    const rejected = upload.panel.getByRole('list', { name: 'Rejected files' });
    await rejected.getByText(/not-a-photo\.png was rejected\. .*image\/jpeg/).waitFor();
    await takePicture(upload.page, 'rejected-in-panel');
    // What is well is soon in the list alone, and what is not stays.
    await upload.panel.getByRole('button', { name: 'Choose files' }).waitFor();
    expect(await rejected.getByRole('listitem').count()).toBe(1);
    await takePicture(upload.page, 'rejected');
    await upload.panel.getByRole('button', { name: 'Dismiss rejected files' }).click();
    await rejected.waitFor({ state: 'detached' });
    const focused = await upload.page.evaluate(() => document.activeElement?.textContent);
    expect(focused).toBe('Choose files');
    expect(await upload.file('not-a-photo.png').locator('[data-status=INVALID]').count()).toBe(1);
  });
});

describe('a service that takes pictures alone, for the pages of another site', () => {
  test.each(['127.0.0.1', 'localhost'])('its own page at %s uploads one', async (hostname) => {
    const url = strict.url.replace('127.0.0.1', hostname);
    await withUploadPage(browser, url, async (upload) => {
      await upload.choose(PHOTO);
      await upload.allSettled('photo.jpg');
    });
  });

  test('its page says why it takes no other file', async () => {
    const { path, name } = await samples.make(`${'notes '.repeat(40)}.txt`, 100);
    await withUploadPage(
      browser,
      strict.url,
      async (upload) => {
        await upload.choose(path);
        const failed = upload.panel.getByRole('list', { name: 'Failed uploads' });
        const reason = 'Files of type text/plain are not accepted. Accepted are image/*.';
        await failed.getByText(reason).waitFor();
        await takePicture(upload.page, 'refused');
        // However long its name is, it leaves room for the reason.
        const { height = Infinity } = (await failed.getByTitle(name).boundingBox()) ?? {};
        expect(height).toBeLessThan(30);
      },
      { tolerated: [/status of 4/, /\[Uppy\]/] },
    );
  });
});
