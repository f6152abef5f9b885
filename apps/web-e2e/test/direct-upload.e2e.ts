import type { Browser, Page } from 'playwright-core';
import { addedMemory } from './browser-memory.ts';
import { bundlePage } from './page-script.ts';
import { MIB, openSamples, type Sample, type Samples } from './samples.ts';
import { startServer, type Server } from './server.ts';
import { startSite, type Site } from './site.ts';
import { sha256OfStored } from './stored-file.ts';
import { launchBrowser, withPage } from './watched-page.ts';

let ours: Site;
let theirs: Site;
let server: Server;
let browser: Browser;
let samples: Samples;

beforeAll(async () => {
  const script = await bundlePage('direct-upload');
  [ours, theirs] = await Promise.all([startSite(script), startSite(script)]);
  [server, browser, samples] = await Promise.all([
    startServer({ ALLOWED_ORIGINS: ours.origin }),
    launchBrowser(),
    openSamples(),
  ]);
});
afterAll(() =>
  Promise.all([browser, ours, theirs].map((opened) => opened?.close())).then(() =>
    Promise.all([server?.remove(), samples?.remove()]),
  ),
);

/** Uploads a file from a page of the site that may. */
async function uploadFrom(page: Page, { path }: Sample) {
  await page.goto(ours.origin);
  await page.setInputFiles('input', path);
  return await page.evaluate((api) => window.directUpload(api), server.url);
}

describe('a page of an allowed origin, which is neither that of the API nor that of the store', () => {
  test('sends a small file in one request, and reads what the answers say', async () => {
    const sample = await samples.make('ünïcode name.bin', 3 * MIB + 1);
    await withPage(browser, async (page) => {
      const { fileId, locations, etags, progress } = await uploadFrom(page, sample);
      expect(locations).toEqual([`/uploads/${fileId}`, `/files/${fileId}`]);
      expect(etags).toEqual([expect.stringMatching(/^"[\da-f]{32}"$/)]);
      expect(progress.at(-1)).toBe(sample.size);
      expect(await sha256OfStored(server.url, fileId)).toBe(sample.sha256);
    });
  });

  test('sends a large file in parts, a slice of it at a time, in little memory', async () => {
    const sample = await samples.make('large.bin', 200 * MIB + 7);
    await withPage(browser, async (page) => {
      await uploadFrom(page, await samples.make('warm-up.bin', 40 * MIB));
      let fileId = '';
      const added = await addedMemory(browser, async () => {
        const sent = await uploadFrom(page, sample);
        fileId = sent.fileId;
        expect(new Set(sent.etags).size).toBe(sent.etags.length);
        expect(sent.etags).not.toContain(null);
      });
      expect(added).toBeLessThan(64 * MIB);
      expect(await sha256OfStored(server.url, fileId)).toBe(sample.sha256);
    });
  });

  test('reads a file back, through the redirect to the store', async () => {
    const sample = await samples.make('read-me.bin', 1000);
    await withPage(browser, async (page) => {
      const { fileId } = await uploadFrom(page, sample);
      const size = await page.evaluate(async (url) => {
        const response = await fetch(url);
        return (await response.blob()).size;
      }, `${server.url}/files/${fileId}/content`);
      expect(size).toBe(sample.size);
    });
  });
});

describe('a page of another origin', () => {
  const tolerated = [/blocked by CORS policy/, /net::ERR_FAILED/];

  test('is not let near the API by the browser', async () => {
    const { path } = await samples.make('theirs.bin', 1000);
    const use = async (page: Page) => {
      await page.goto(theirs.origin);
      await page.setInputFiles('input', path);
      const sending = page.evaluate((api) => window.directUpload(api), server.url);
      await expect(sending).rejects.toThrow('Failed to fetch');
    };
    await withPage(browser, use, { tolerated });
    await expect(withPage(browser, use)).rejects.toThrow('blocked by CORS policy');
  });

  test('is not let send a presigned request that it came by', async () => {
    const response = await fetch(`${server.url}/uploads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ file_name: 'a.txt', file_size: 4, content_type: 'text/plain' }),
    });
    const { upload } = (await response.json()) as { upload: Parameters<Window['sendRequest']>[0] };
    const send = (page: Page) =>
      page.evaluate((request) => window.sendRequest(request, new Blob(['four'])), upload);
    await withPage(
      browser,
      async (page) => {
        await page.goto(theirs.origin);
        await expect(send(page)).rejects.toThrow('The browser did not send it.');
      },
      { tolerated },
    );
    await withPage(browser, async (page) => {
      await page.goto(ours.origin);
      expect(await send(page)).toMatch(/^"/);
    });
  });
});
