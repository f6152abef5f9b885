import type { CDPSession, Page } from 'playwright-core';

/**
 * Holds up the parts of large files before they are signed: an upload is then where a test wants it,
 * however fast or busy the machine is. What is on its way goes on.
 */
export class PartGate {
  readonly #page: Page;
  #session: CDPSession | undefined;
  /** How many parts may still go out. */
  #open = 0;
  /** Requests to sign others. */
  readonly #held: string[] = [];

  constructor(page: Page) {
    this.#page = page;
  }

  /** Lets so many parts out from now on; before the first call, all go. */
  async letOut(parts: number): Promise<void> {
    this.#open = parts;
    if (!this.#session) {
      this.#session = await this.#page.context().newCDPSession(this.#page);
      this.#session.on('Fetch.requestPaused', ({ requestId }) => {
        this.#held.push(requestId);
        void this.#release();
      });
      await this.#session.send('Fetch.enable', { patterns: [{ urlPattern: '*/uploads/*/parts' }] });
    }
    await this.#release();
  }

  async #release(): Promise<void> {
    while (this.#open > 0) {
      const requestId = this.#held.shift();
      if (requestId === undefined) return;
      this.#open -= 1;
      const released = this.#session?.send('Fetch.continueRequest', { requestId });
      // The page may have given it up.
      await released?.catch(() => (this.#open += 1));
    }
  }
}
