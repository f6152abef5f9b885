import type { Browser, Page } from 'playwright-core';
import { startSite, type Site } from './site.ts';
import { launchBrowser, withPage } from './watched-page.ts';

let site: Site;
let browser: Browser;
beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
});
afterAll(() => Promise.all([browser?.close(), site?.close()]));

test.each<[string, () => unknown, RegExp]>([
  ['writes an error', () => console.error('broken'), /console\.error: broken/],
  ['writes a warning', () => console.warn('fishy'), /console\.warning: fishy/],
  [
    'throws',
    () =>
      setTimeout(() => {
        throw new Error('thrown');
      }),
    /exception: Error: thrown/,
  ],
  ['cannot reach what it asks for', () => fetch('http://127.0.0.1:9').catch(() => {}), /GET \/: /],
  [
    'does what its policy forbids',
    () => {
      const policy = document.createElement('meta');
      policy.httpEquiv = 'Content-Security-Policy';
      policy.content = "script-src 'none'";
      document.head.append(policy);
      const script = document.createElement('script');
      script.textContent = '1';
      document.head.append(script);
    },
    /Content Security Policy/,
  ],
])('a page that %s fails its test', async (_, misbehave, complaint) => {
  const use = async (page: Page) => {
    await page.goto(site.origin);
    await page.evaluate(misbehave);
    await page.waitForTimeout(100);
  };
  await expect(withPage(browser, use)).rejects.toThrow(complaint);
  await withPage(browser, use, { tolerated: [complaint, /console\.error/] });
});
