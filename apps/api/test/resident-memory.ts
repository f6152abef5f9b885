import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Milliseconds between looks at a process where the system keeps no record of its peak. */
const SAMPLE_MS = 50;

/** What a process held, in bytes. */
export interface Memory {
  before: number;
  /** The most that it ever held meanwhile. */
  peak: number;
}

/**
 * What processes hold while `run` runs. Linux records the peak itself; elsewhere `ps` is asked again
 * and again.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html VmRSS, VmHWM
 * @see https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html the 5 that resets VmHWM
 */
export async function memoryOf<T>(
  pids: readonly number[],
  run: () => Promise<T>,
): Promise<{ result: T; memory: Memory[] }> {
  const of = (read: (pid: number) => Promise<number>) => Promise.all(pids.map(read));
  if (process.platform === 'linux') {
    await Promise.all(pids.map((pid) => writeFile(`/proc/${pid}/clear_refs`, '5')));
    const before = await of((pid) => fromStatus(pid, 'VmRSS'));
    const result = await run();
    const peaks = await of((pid) => fromStatus(pid, 'VmHWM'));
    return { result, memory: before.map((each, i) => ({ before: each, peak: peaks[i]! })) };
  }
  const before = await of(fromPs);
  let peaks = before;
  let running = true;
  const done = run().finally(() => (running = false));
  while (running) {
    const now = await of(fromPs);
    peaks = peaks.map((peak, i) => Math.max(peak, now[i]!));
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  return {
    result: await done,
    memory: before.map((each, i) => ({ before: each, peak: peaks[i]! })),
  };
}

/** How much more memory than before, in bytes, a process ever held while `run` ran. */
export async function addedMemory(pid: number, run: () => Promise<void>): Promise<number> {
  const { memory } = await memoryOf([pid], run);
  return memory[0]!.peak - memory[0]!.before;
}

async function fromStatus(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
}

async function fromPs(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) * 1024;
}
