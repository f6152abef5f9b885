import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { bundlePage } from './page-script.ts';
import { answeredParts, requestsOf } from './requests.ts';
import { MIB, openSamples, type Sample, type Samples } from './samples.ts';
import { startServer, type Server } from './server.ts';
import { startSite, type Site } from './site.ts';
import { sha256OfStored } from './stored-file.ts';
import { uploadToken } from './upload-token.ts';
import { launchBrowser, withPage } from './watched-page.ts';

const UPPY_5 = join(import.meta.dirname, '../../uppy-5-e2e');
const SECRET = 'a secret of at least thirty-two characters';
/** Aborting is a request that ends before its answer. */
const ABORTED = { tolerated: [/net::ERR_ABORTED/] };

let sites: Record<'6.3.1' | '5.1.0', Site>;
let server: Server;
let guarded: Server;
let browser: Browser;
let samples: Samples;
let small: Sample;
let large: Sample;
let middling: Sample;

beforeAll(async () => {
  const [six, five] = await Promise.all([
    bundlePage('uppy').then(startSite),
    bundlePage('uppy', UPPY_5).then(startSite),
  ]);
  sites = { '6.3.1': six, '5.1.0': five };
  const ALLOWED_ORIGINS = [six, five].map(({ origin }) => origin).join();
  [server, guarded, browser, samples] = await Promise.all([
    startServer({ ALLOWED_ORIGINS }),
    startServer({ ALLOWED_ORIGINS, UPLOAD_TOKEN_SECRET: SECRET }),
    launchBrowser(),
    openSamples(),
  ]);
  small = await samples.make('small.bin', MIB);
  middling = await samples.make('middling.bin', 25 * MIB);
  large = await samples.make('large ü.bin', 120 * MIB);
});
afterAll(async () => {
  await browser?.close();
  const sitesOpen = Object.values(sites ?? {}).map((site) => site.close());
  await Promise.all([server?.remove(), guarded?.remove(), samples?.remove(), ...sitesOpen]);
});

describe.each([
  ['6.3.1', 'companionEndpoint'],
  ['5.1.0', 'endpoint'],
] as const)('@uppy/aws-s3 %s, unmodified, on a page of another origin', (version, option) => {
  /** Opens a page with an Uppy that is told where the service is, and these options. */
  async function start(page: Page, api: string, chosen: Sample[], options: object = {}) {
    await page.goto(sites[version].origin);
    const told = { [option]: api, ...options };
    expect(await page.evaluate((all) => window.startUppy(all), told)).toBe(version);
    await page.setInputFiles(
      'input',
      chosen.map(({ path }) => path),
    );
  }

  async function upload(page: Page, api: string, chosen: Sample[]): Promise<void> {
    await start(page, api, chosen);
    const outcomes = await page.evaluate(() => window.uploadWithUppy());
    expect(outcomes.map(({ name, error }) => ({ name, error }))).toEqual(
      expect.arrayContaining(chosen.map(({ name }) => ({ name, error: undefined }))),
    );
    for (const { name, url } of outcomes) {
      const stored = await sha256OfStored(new URL(api).origin, fileIdIn(url));
      expect(stored).toBe(chosen.find((sample) => sample.name === name)?.sha256);
    }
  }

  test('uploads a small file, and a large one in parts', async () => {
    await withPage(browser, async (page) => {
      const requests = requestsOf(page);
      await upload(page, server.url, [small, large]);
      expect(requests('POST', '/file-upload')).toHaveLength(1);
      expect(requests('PUT', '/file-upload/').length).toBe(Math.ceil(large.size / (5 * MIB)));
    });
  });

  test('uploads with a token in its path, and not without', async () => {
    await withPage(browser, (page) =>
      upload(page, `${guarded.url}/u/${uploadToken(SECRET, 'ada')}`, [small, large]),
    );
    const tolerated = [/status of 401/, /\[Uppy\]/, /net::ERR_ABORTED/];
    for (const path of [
      '',
      `/u/${uploadToken('another secret of thirty-two characters', 'ada')}`,
    ]) {
      const use = async (page: Page) => {
        await start(page, guarded.url + path, [small]);
        const [outcome] = await page.evaluate(() => window.uploadWithUppy());
        expect(outcome).toMatchObject({ url: undefined, error: expect.any(String) as string });
      };
      await withPage(browser, use, { tolerated });
    }
  });

  test('aborts an upload in parts when it is cancelled', async () => {
    await withPage(
      browser,
      async (page) => {
        await start(page, server.url, [middling], { shouldUseMultipart: true });
        const opened = page.waitForResponse(
          (response) =>
            response.url().endsWith('/s3/multipart') && response.request().method() === 'POST',
        );
        const aborted = page.waitForResponse(
          (response) => response.request().method() === 'DELETE',
        );
        await page.evaluate(() => {
          window.uppy.on('s3-multipart:part-uploaded', () => window.uppy.cancelAll());
          void window.uploadWithUppy();
        });
        const { key, uploadId } = (await (await opened).json()) as Record<string, string>;
        expect((await aborted).status()).toBe(200);
        const query = new URLSearchParams({ key: key ?? '' }).toString();
        const parts = await fetch(`${server.url}/s3/multipart/${uploadId}?${query}`);
        expect(await parts.json()).toMatchObject({ code: 'UPLOAD_NOT_FOUND' });
      },
      ABORTED,
    );
  });

  test('goes on with the parts that are missing after a pause', async () => {
    await withPage(
      browser,
      async (page) => {
        await start(page, server.url, [middling], { shouldUseMultipart: true });
        const requests = requestsOf(page);
        const outcomes = await page.evaluate(async () => {
          const { uppy } = window;
          uppy.once('s3-multipart:part-uploaded', () => {
            uppy.pauseAll();
            setTimeout(() => uppy.resumeAll(), 200);
          });
          return await window.uploadWithUppy();
        });
        const stored = await sha256OfStored(server.url, fileIdIn(outcomes[0]?.url));
        expect(stored).toBe(middling.sha256);
        // What was on its way is sent again, and may have arrived before; what had arrived is not.
        const parts = answeredParts(requests('PUT', '/file-upload/'));
        expect(parts.length).toBeGreaterThan(0);
        expect(new Set(parts).size).toBe(parts.length);
      },
      ABORTED,
    );
  });
});

function fileIdIn(url = ''): string {
  return /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/.exec(url)?.[0] ?? url;
}
