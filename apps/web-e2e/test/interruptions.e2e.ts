import { createReadStream } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { answeredParts, requestsOf } from './requests.ts';
import { MIB, openSamples, sha256Of, type Samples } from './samples.ts';
import { takePicture } from './screenshots.ts';
import { startServer, type Server } from './server.ts';
import { withUploadPage, type UploadPage } from './upload-page.ts';
import { launchBrowser } from './watched-page.ts';

/** What is interrupted ends without an answer. */
const INTERRUPTED = { tolerated: [/net::ERR_/] };

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

test('an upload that is paused sends nothing, and goes on where it was', async () => {
  const sample = await samples.make('paused.bin', 60 * MIB);
  await withUploadPage(
    browser,
    server.url,
    async (upload) => {
      const requests = requestsOf(upload.page);
      const parts = () => requests('PUT', '/file-upload/');
      await upload.letOut(3);
      await upload.drop(sample.path);
      await upload.isPast(30);
      await upload.crawl();
      await upload.panel.getByRole('button', { name: 'Pause', exact: true }).click();
      await upload.panel.getByRole('button', { name: 'Resume', exact: true }).waitFor();
      await upload.throttle(Infinity);
      await upload.letOut(Infinity);
      while (parts().some(({ state }) => state === 'on its way'))
        await upload.page.waitForTimeout(20);
      const { length } = parts();
      await upload.page.waitForTimeout(1000);
      expect(parts()).toHaveLength(length);
      expect(await upload.percentage()).toBeGreaterThan(30);
      await takePicture(upload.page, 'paused');
      await upload.panel.getByRole('button', { name: 'Resume', exact: true }).click();
      await upload.allSettled('paused.bin');
      const answered = answeredParts(parts());
      expect(new Set(answered).size).toBe(answered.length);
      expect(await sha256OfDownload(upload, 'paused.bin')).toBe(sample.sha256);
    },
    INTERRUPTED,
  );
});

test('an upload survives that the server is killed and started again', async () => {
  const sample = await samples.make('survivor.bin', 60 * MIB);
  await withUploadPage(
    browser,
    server.url,
    async (upload) => {
      await upload.letOut(3);
      await upload.drop(sample.path);
      await upload.isPast(30);
      await upload.crawl();
      await server.kill();
      await upload.throttle(Infinity);
      await upload.letOut(Infinity);
      await server.restart();
      await upload.allSettled('survivor.bin');
      expect(await sha256OfDownload(upload, 'survivor.bin')).toBe(sample.sha256);
    },
    INTERRUPTED,
  );
});

test('a file that was just sent is neither sent nor asked for again after a reload', async () => {
  const small = await samples.make('just-sent.bin', MIB);
  const slow = await samples.make('slow.bin', 60 * MIB);
  await withUploadPage(
    browser,
    server.url,
    async (upload) => {
      await upload.letOut(0);
      await upload.drop(slow.path, small.path);
      await upload.file('just-sent.bin').waitFor();
      await upload.page.reload();
      await upload.letOut(1);
      await upload.isPast(0);
      const names = await upload.panel.getByRole('listitem').allInnerTexts();
      expect(names).toEqual([expect.stringContaining('slow.bin')]);
      await upload.letOut(Infinity);
      await upload.allSettled('slow.bin', 'just-sent.bin');
      expect(await upload.file('just-sent.bin').count()).toBe(1);
    },
    INTERRUPTED,
  );
});

test('a file that is too large to be kept in the browser is chosen again after a reload, and goes on', async () => {
  const path = join(samples.folder, 'huge.bin');
  await writeFile(path, '');
  await truncate(path, 520 * MIB);
  await withUploadPage(
    browser,
    server.url,
    async (upload) => {
      const requests = requestsOf(upload.page);
      const parts = () => answeredParts(requests('PUT', '/file-upload/'));
      await upload.letOut(8);
      await upload.drop(path);
      await upload.isPast(10);
      await upload.page.reload();
      await upload.panel.getByText('Your upload was interrupted').waitFor();
      await takePicture(upload.page, 'interrupted');
      const before = parts().length;
      await upload.panel.getByRole('button', { name: 'Re-select' }).click();
      await upload.choose(path);
      await upload.letOut(4);
      await upload.isPast(10);
      while (parts().length < before + 2) await upload.page.waitForTimeout(20);
      expect(new Set(parts()).size).toBe(parts().length);
    },
    INTERRUPTED,
  );
});

test('an upload goes on when the network is there again', async () => {
  const sample = await samples.make('wireless.bin', 60 * MIB);
  await withUploadPage(
    browser,
    server.url,
    async (upload) => {
      const { page } = upload;
      const requests = requestsOf(page);
      await upload.letOut(3);
      await upload.drop(sample.path);
      await upload.isPast(30);
      await upload.throttle(0);
      await upload.letOut(Infinity);
      await upload.panel.getByText('No connection.').waitFor();
      await takePicture(page, 'offline');
      expect(answeredParts(requests('PUT', '/file-upload/')).length).toBeLessThanOrEqual(3);
      await upload.throttle(Infinity);
      await upload.allSettled('wireless.bin');
      expect(await sha256OfDownload(upload, 'wireless.bin')).toBe(sample.sha256);
    },
    INTERRUPTED,
  );
});

async function sha256OfDownload(upload: UploadPage, name: string): Promise<string> {
  const download = await upload.download(name);
  return await sha256Of(createReadStream(await download.path()));
}
