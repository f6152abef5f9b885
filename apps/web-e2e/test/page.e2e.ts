import { mkdir, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { answeredParts, requestsOf } from './requests.ts';
import { MIB, openSamples, sha256Of, type Sample, type Samples } from './samples.ts';
import { takePicture } from './screenshots.ts';
import { startServer, type Server } from './server.ts';
import { withUploadPage } from './upload-page.ts';
import { launchBrowser } from './watched-page.ts';

const PHOTO = join(import.meta.dirname, '../../../docs/photo.jpg');
/** As the service cuts a file of this size. */
const PART = 8 * MIB;
/** Parts that are on their way at once. */
const CONCURRENCY = 4;

let server: Server;
let browser: Browser;
let samples: Samples;
let large: Sample;

beforeAll(async () => {
  [server, browser, samples] = await Promise.all([startServer(), launchBrowser(), openSamples()]);
  large = await samples.make('large.bin', 150 * MIB);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([server?.remove(), samples?.remove()]);
});

test('a large file and three small ones are dropped, reloaded half-way, resumed, downloaded and deleted', async () => {
  const small = await samples.make('small.bin', MIB);
  const note = join(samples.folder, 'note.txt');
  await writeFile(note, 'Three small files are dropped beside the large one.\n');
  await withUploadPage(
    browser,
    server.url,
    async (upload) => {
      const { page } = upload;
      await takePicture(page, 'empty');
      const requests = requestsOf(page);
      const parts = () =>
        requests('PUT', '/file-upload/').filter(({ query }) => query.has('partNumber'));
      await upload.letOut(10);
      await upload.drop(large.path, small.path, note, PHOTO);
      await upload.allSettled('small.bin', 'note.txt', 'photo.jpg');
      await upload.isPast(50);
      await upload.crawl();
      await takePicture(page, 'half-way');

      await page.reload();
      await upload.isPast(0);
      await takePicture(page, 'resumed');
      await upload.throttle(Infinity);
      await upload.letOut(Infinity);
      await upload.allSettled('large.bin', 'small.bin', 'note.txt', 'photo.jpg');
      expect(await upload.files.count()).toBe(4);
      const answered = answeredParts(parts());
      expect(new Set(answered).size).toBe(answered.length);
      const count = Math.ceil(large.size / PART);
      expect(parts().length).toBeGreaterThanOrEqual(count);
      expect(parts().length).toBeLessThanOrEqual(count + CONCURRENCY);
      // What has been sent is soon in the list alone.
      await upload.panel.getByRole('button', { name: 'Choose files' }).waitFor();
      await takePicture(page, 'all-there');

      const download = await upload.download('large.bin');
      expect(download.suggestedFilename()).toBe('large.bin');
      expect(await sha256Of(createReadStream(await download.path()))).toBe(large.sha256);

      await upload.file('small.bin').getByRole('button', { name: 'Delete small.bin' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      await takePicture(page, 'delete');
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await upload.file('small.bin').waitFor({ state: 'detached' });
      await page.reload();
      await upload.allSettled('large.bin');
      expect(await upload.files.count()).toBe(3);
    },
    // A reload ends the requests that run.
    { tolerated: [/net::ERR_ABORTED/] },
  );
});

test('a cancelled upload leaves nothing', async () => {
  const sample = await samples.make('cancelled.bin', 60 * MIB);
  await withUploadPage(
    browser,
    server.url,
    async (upload) => {
      await upload.letOut(1);
      await upload.drop(sample.path);
      await upload.isPast(10);
      const aborted = upload.page.waitForResponse(
        (response) => response.request().method() === 'DELETE',
      );
      await upload.panel.getByRole('button', { name: 'Cancel', exact: true }).last().click();
      const { url, status } = await aborted.then((answer) => ({
        url: answer.url(),
        status: answer.status(),
      }));
      expect([new URL(url).pathname, status]).toEqual([expect.stringMatching(/^\/uploads\//), 204]);
      expect((await fetch(url)).status).toBe(404);
      await upload.panel.getByRole('button', { name: 'Choose files' }).waitFor();
    },
    { tolerated: [/net::ERR_ABORTED/] },
  );
});

test('all files of a folder are uploaded when it is dropped', async () => {
  const folder = join(samples.folder, 'folder');
  await mkdir(join(folder, 'within'), { recursive: true });
  await writeFile(join(folder, 'first.txt'), 'first');
  await writeFile(join(folder, 'within', 'second.txt'), 'second');
  await withUploadPage(browser, server.url, async (upload) => {
    await upload.drop(folder);
    await upload.allSettled('first.txt', 'second.txt');
  });
});

test('a file that is dropped beside the panel is uploaded, as the page is not left for it', async () => {
  const { path } = await samples.make('beside.bin', 100);
  await withUploadPage(browser, server.url, async (upload) => {
    const beside = upload.page.getByRole('heading', { name: 'Files', exact: true });
    const hint = upload.panel.getByText('Drop your files here');
    // They are held there for as long as it takes, and then taken away.
    while (!(await hint.isVisible())) await upload.dragOver(beside, path);
    await hint.waitFor({ state: 'hidden' });
    await upload.dropOnto(beside, path);
    await hint.waitFor({ state: 'hidden' });
    await upload.allSettled('beside.bin');
    expect(await upload.file('beside.bin').count()).toBe(1);
  });
});

test('the list tells by itself of a file that was uploaded elsewhere', async () => {
  await withUploadPage(browser, server.url, async (upload) => {
    const form = new FormData();
    form.append('file', new Blob(['elsewhere'], { type: 'text/plain' }), 'elsewhere.txt');
    await fetch(`${server.url}/files`, { method: 'POST', body: form });
    await upload.file('elsewhere.txt').locator('[data-status=VALID]').waitFor();
  });
});

test('where there are no events, none are asked for, and the list tells by itself of a file all the same', async () => {
  const deployed = await startServer(server.deployment);
  const { path } = await samples.make('deployed.bin', 100);
  try {
    await withUploadPage(browser, deployed.url, async (upload) => {
      // A refusal would be on the console.
      await upload.choose(path);
      await upload.file('deployed.bin').locator('[data-status=VALID]').waitFor();
    });
  } finally {
    await deployed.remove();
  }
});
