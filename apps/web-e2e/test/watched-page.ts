import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** Starts a headless Chromium of its own profile; close it afterwards. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '',
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface WatchOptions extends BrowserContextOptions {
  /** Complaints that belong to what is tested. */
  tolerated?: readonly RegExp[];
}

/**
 * Runs `use` with an empty page. It fails when the page complained: an error or a warning on its
 * console (what its content security policy blocks is one), an exception, or a failed request.
 */
export async function withPage(
  browser: Browser,
  use: (page: Page) => Promise<void>,
  { tolerated = [], ...options }: WatchOptions = {},
): Promise<void> {
  const context = await browser.newContext(options);
  const complaints: string[] = [];
  try {
    const page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) {
        complaints.push(`console.${message.type()}: ${message.text()} ${message.location().url}`);
      }
    });
    page.on('pageerror', (error) => complaints.push(`exception: ${String(error)}`));
    page.on('requestfailed', (request) => {
      const { pathname } = new URL(request.url());
      complaints.push(`${request.method()} ${pathname}: ${request.failure()?.errorText}`);
    });
    await use(page);
    const unexpected = complaints.filter(
      (text) => !tolerated.some((pattern) => pattern.test(text)),
    );
    if (unexpected.length > 0) throw new Error(`The page complained:\n${unexpected.join('\n')}`);
  } finally {
    // Which ends the requests that run.
    await context.close();
  }
}
