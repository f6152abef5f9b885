import type { Browser, Page } from 'playwright-core';
import { addedMemory } from './browser-memory.ts';
import { bundlePage } from './page-script.ts';
import { answeredParts, requestsOf } from './requests.ts';
import { MIB, openSamples, type Sample, type Samples } from './samples.ts';
import { startServer, type Server } from './server.ts';
import { startSite, type Site } from './site.ts';
import { sha256OfStored } from './stored-file.ts';
import { launchBrowser, withPage } from './watched-page.ts';

let site: Site;
let server: Server;
let browser: Browser;
let samples: Samples;

beforeAll(async () => {
  site = await startSite(await bundlePage('client'));
  [server, browser, samples] = await Promise.all([
    startServer({ ALLOWED_ORIGINS: site.origin }),
    launchBrowser(),
    openSamples(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([server?.remove(), samples?.remove(), site?.close()]);
});

/** Uploads a file with the client, from a page of the site. */
async function upload(page: Page, { path, sha256 }: Sample, interruptAt?: number) {
  await page.goto(site.origin);
  await page.setInputFiles('input', path);
  const stored = await page.evaluate(({ api, bytes }) => window.uploadWithClient(api, bytes), {
    api: server.url,
    bytes: interruptAt,
  });
  expect(await sha256OfStored(server.url, stored.file_id)).toBe(sha256);
  return stored;
}

describe('the client, on a page of another origin', () => {
  test('uploads files of all sizes, whose checksum the store verifies', async () => {
    await withPage(browser, async (page) => {
      for (const size of [0, 1, 16 * MIB, 16 * MIB + 1]) {
        const { checksum } = await upload(page, await samples.make(`${size}.bin`, size));
        expect(checksum?.algorithm).toBe('CRC64NVME');
      }
    });
  });

  test('never holds a large file in memory', async () => {
    const large = await samples.make('large.bin', 400 * MIB);
    await withPage(browser, async (page) => {
      await upload(page, await samples.make('warm-up.bin', 40 * MIB));
      const added = await addedMemory(browser, async () => void (await upload(page, large)));
      expect(added).toBeLessThan(320 * MIB);
    });
  });

  test('goes on with an upload that was interrupted', async () => {
    const sample = await samples.make('interrupted.bin', 80 * MIB);
    await withPage(
      browser,
      async (page) => {
        const requests = requestsOf(page);
        await upload(page, sample, 40 * MIB);
        expect(requests('POST', '/uploads').filter(({ path }) => path === '/uploads').length).toBe(
          1,
        );
        const answered = answeredParts(requests('PUT', '/file-upload/'));
        expect(answered.length).toBeGreaterThanOrEqual(4);
        expect(new Set(answered).size).toBe(answered.length);
      },
      { tolerated: [/net::ERR_ABORTED/] },
    );
  });
});
