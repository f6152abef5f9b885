import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Failure } from './failure.ts';
import { HAS_GROUPS, interrupted, type Interruption } from './interruption.ts';

const INSTALLER = fileURLToPath(new URL('install-pulumi.ts', import.meta.url));

interface Package {
  resolve: (io: { install: (version: string, root: string) => Promise<void> }) => Promise<string>;
}

/**
 * The CLI of the npm package `pulumi`, found as its `bin` finds it, without a process between; it is
 * fetched when it is used for the first time.
 *
 * @returns the path of the binary
 * @throws Failure when it cannot be fetched
 */
export async function fetchCli(interruption: Interruption): Promise<string> {
  const { resolve } = createRequire(import.meta.url)('pulumi/lib/resolve') as Package;
  return await resolve({ install: (version, root) => install(version, root, interruption) });
}

async function install(version: string, root: string, interruption: Interruption): Promise<void> {
  const child = fork(INSTALLER, [version, root], {
    detached: HAS_GROUPS,
    // What it prints is not the output of the command.
    stdio: ['ignore', process.stderr, 'inherit', 'ipc'],
  });
  let reason = '';
  child.on('message', (message: string) => ([reason = ''] = message.split('\n')));
  const ignore = interruption.listen(() => {
    if (child.pid === undefined || child.exitCode !== null) return;
    // The shell that it started goes too, and what that runs to download.
    process.kill(HAS_GROUPS ? -child.pid : child.pid, 'SIGTERM');
  });
  const [code] = (await once(child, 'close').finally(ignore)) as [number | null];
  if (code === 0) return;
  // A binary of which there is only a part would be taken for it the next time.
  await rm(root, { recursive: true, force: true });
  if (interruption.signal.aborted) throw interrupted();
  throw new Failure(
    `The Pulumi CLI cannot be fetched from get.pulumi.com (${reason}). It is needed once: see to the network and try again.`,
  );
}
