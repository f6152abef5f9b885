import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Milliseconds between looks at a process where the system keeps no record of its peak. */
const SAMPLE_MS = 50;

/**
 * How much more memory than before, in bytes, a process ever held while `run` ran. Linux records
 * the peak itself; elsewhere `ps` is asked again and again.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html VmRSS, VmHWM
 * @see https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html the 5 that resets VmHWM
 */
export async function addedMemory(pid: number, run: () => Promise<void>): Promise<number> {
  if (process.platform === 'linux') {
    await writeFile(`/proc/${pid}/clear_refs`, '5');
    const before = await fromStatus(pid, 'VmRSS');
    await run();
    return (await fromStatus(pid, 'VmHWM')) - before;
  }
  const before = await fromPs(pid);
  let peak = before;
  let running = true;
  const done = run().finally(() => (running = false));
  while (running) {
    peak = Math.max(peak, await fromPs(pid));
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  await done;
  return peak - before;
}

async function fromStatus(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
}

async function fromPs(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) * 1024;
}
