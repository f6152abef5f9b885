import { mkdir, rm } from 'node:fs/promises';
import { findChromium } from './chromium.ts';
import { SCREENSHOTS } from './screenshots.ts';

/** Run once, before all tests. */
export default async function setup(): Promise<void> {
  try {
    process.env['CHROMIUM_PATH'] = findChromium(process.env);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
  await rm(SCREENSHOTS, { recursive: true, force: true });
  await mkdir(SCREENSHOTS, { recursive: true });
}
