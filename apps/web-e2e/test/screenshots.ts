import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** Where pictures of the page are left for a person to look at. */
export const SCREENSHOTS = join(import.meta.dirname, '../dist/screenshots');

export async function takePicture(page: Page, name: string): Promise<void> {
  // What lies over the page covers no more of it than is on the screen.
  const fullPage = (await page.getByRole('dialog').count()) === 0;
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage });
}
