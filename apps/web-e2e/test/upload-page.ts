import type { Browser, CDPSession, Download, Locator, Page } from 'playwright-core';
import { PartGate } from './part-gate.ts';
import { MIB } from './samples.ts';
import { withPage, type WatchOptions } from './watched-page.ts';

/** Runs `use` with the upload page of a service, which must not complain. */
export function withUploadPage(
  browser: Browser,
  url: string,
  use: (upload: UploadPage) => Promise<void>,
  options: WatchOptions = {},
): Promise<void> {
  return withPage(
    browser,
    async (page) => {
      const upload = new UploadPage(page);
      await upload.open(url);
      await use(upload);
    },
    options,
  );
}

/** The upload page, as its users see it. */
export class UploadPage {
  readonly page: Page;
  readonly files: Locator;
  /** What slows it down lasts as long as this does. */
  #network: CDPSession | undefined;
  readonly #gate: PartGate;

  constructor(page: Page) {
    this.page = page;
    this.#gate = new PartGate(page);
    this.files = page.getByRole('list', { name: 'Files', exact: true }).getByRole('listitem');
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.getByRole('heading', { name: 'Upload files' }).waitFor();
    await this.panel.waitFor();
  }

  /** What takes the files. */
  get panel(): Locator {
    return this.page.locator('.uppy-Dashboard-inner');
  }

  /** Where it tells how far the uploads are. */
  get progress(): Locator {
    return this.panel.getByRole('progressbar');
  }

  file(name: string): Locator {
    return this.files.filter({ has: this.page.getByTitle(name, { exact: true }) });
  }

  /** Resolves when files of these names are in the list, and examined. */
  async allSettled(...names: string[]): Promise<void> {
    for (const name of names) {
      await this.file(name)
        .locator('[data-status=VALID], [data-status=UPLOADED]')
        .waitFor({ timeout: 60_000 });
    }
  }

  /** Drops files and folders onto the panel, as from the desktop. */
  async drop(...paths: string[]): Promise<void> {
    await this.dropOnto(this.panel, ...paths);
  }

  /** Drops files and folders onto an element of the page. */
  async dropOnto(element: Locator, ...paths: string[]): Promise<void> {
    await this.dragOver(element, ...paths);
    // What lights up is another element under the pointer, and takes no drop before it is dragged over.
    await this.page.evaluate(() => new Promise(requestAnimationFrame));
    await this.#drag(element, ['dragOver', 'drop'], paths);
  }

  /** Holds files and folders over an element of the page. */
  async dragOver(element: Locator, ...paths: string[]): Promise<void> {
    await this.#drag(element, ['dragEnter', 'dragOver'], paths);
  }

  async #drag(
    element: Locator,
    types: ('dragEnter' | 'dragOver' | 'drop')[],
    files: string[],
  ): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    const box = await element.boundingBox();
    if (!box) throw new Error('There is nowhere to drop files.');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const data = { items: [], files, dragOperationsMask: 1 };
    for (const type of types) {
      await session.send('Input.dispatchDragEvent', { type, x, y, data });
    }
    await session.detach();
  }

  /** Chooses files in the dialog of the system. */
  async choose(...paths: string[]): Promise<void> {
    const choosing = this.page.waitForEvent('filechooser');
    await this.panel.getByRole('button', { name: 'Choose files' }).click();
    await (await choosing).setFiles(paths);
  }

  async download(name: string): Promise<Download> {
    const downloading = this.page.waitForEvent('download');
    await this.page.getByRole('link', { name: `Download ${name}` }).click();
    return await downloading;
  }

  /** Lets bytes out at this rate, in bytes per second; none means that there is no network. */
  async throttle(rate: number): Promise<void> {
    this.#network ??= await this.page.context().newCDPSession(this.page);
    await this.#network.send('Network.enable');
    await this.#network.send('Network.emulateNetworkConditions', {
      offline: rate === 0,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: rate === Infinity ? -1 : rate,
    });
  }

  /** Lets so many parts of large files out from now on, and holds up all others. */
  async letOut(parts: number): Promise<void> {
    await this.#gate.letOut(parts);
  }

  /** Lets more parts out, but so slowly that a test finds them on their way. */
  async crawl(): Promise<void> {
    await this.throttle(MIB / 4);
    await this.letOut(4);
  }

  /** How far the uploads are together, in per cent. */
  async percentage(): Promise<number> {
    return Number(await this.progress.getAttribute('aria-valuenow'));
  }

  /** Resolves when the uploads are further than this, in per cent. */
  async isPast(percentage: number): Promise<void> {
    while ((await this.percentage()) <= percentage) await this.page.waitForTimeout(20);
  }
}
