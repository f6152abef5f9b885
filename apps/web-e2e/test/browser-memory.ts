import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';

/** Milliseconds between looks. */
const SAMPLE_MS = 50;

/**
 * How much more memory than before, in bytes, all processes of a browser together held while `run`
 * ran. What they share counts once, and their code does not count: how much of it is theirs depends
 * on which other browsers run. It needs Linux.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html Pss, SwapPss
 */
export async function addedMemory(browser: Browser, run: () => Promise<void>): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const look = async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const sizes = await Promise.all(processInfo.map(({ id }) => proportionalSize(id)));
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  const before = await look();
  let peak = before;
  let isRunning = true;
  const done = run().finally(() => (isRunning = false));
  while (isRunning) {
    peak = Math.max(peak, await look());
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  await done;
  return peak - before;
}

/** 0 for a process that is gone. */
async function proportionalSize(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const sizes = rollup.matchAll(/^(?:Pss_Anon|Pss_Shmem|SwapPss):\s+(\d+) kB$/gm);
  return sizes.reduce((sum, [, kilobytes]) => sum + Number(kilobytes), 0) * 1024;
}
