import type { Browser, Page } from 'playwright-core';
import { startSite, type Site } from './site.ts';
import { launchBrowser, withPage } from './watched-page.ts';

let site: Site;
let browser: Browser;
beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
});
afterAll(() => Promise.all([browser?.close(), site?.close()]));

type Complaint = 'console' | 'pageerror' | 'requestfailed';

test.each<[string, () => unknown, Complaint, RegExp]>([
  ['writes an error', () => console.error('broken'), 'console', /console\.error: broken/],
  ['writes a warning', () => console.warn('fishy'), 'console', /console\.warning: fishy/],
  [
    'throws',
    () =>
      setTimeout(() => {
        throw new Error('thrown');
      }),
    'pageerror',
    /exception: Error: thrown/,
  ],
  [
    'cannot reach what it asks for',
    () => fetch('http://127.0.0.1:9').catch(() => {}),
    'requestfailed',
    /GET \/: /,
  ],
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
    'console',
    /Content Security Policy/,
  ],
])('a page that %s fails its test', async (_, misbehave, event, complaint) => {
  const use = async (page: Page) => {
    await page.goto(site.origin);
    await Promise.all([page.waitForEvent(event as 'console'), page.evaluate(misbehave)]);
  };
  await expect(withPage(browser, use)).rejects.toThrow(complaint);
  await withPage(browser, use, { tolerated: [complaint, /console\.error/] });
});
