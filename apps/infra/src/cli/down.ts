import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyOf } from '../settings.ts';
import { Failure } from './failure.ts';
import { commandLine, type Command } from './options.ts';
import type { Pulumi } from './pulumi.ts';

/** A resource in the state of a stack, as far as it is asked for here. */
interface Resource {
  urn: string;
  type: string;
  id?: string;
  protect?: boolean;
}

/**
 * Deletes a stack; its data only when told so. What the state has as protected is data, whatever
 * the configuration says by now.
 *
 * @throws Failure that names the data and what to do, when nothing says what shall become of it
 */
export async function takeDown(
  pulumi: Pulumi,
  { stack, keepData, deleteData }: Command,
): Promise<void> {
  const resources = await readResources(pulumi, stack);
  const data = resources.filter(({ protect }) => protect);
  const names = namesOf(data);
  const destroy = (...options: string[]) =>
    pulumi.run('destroy', '--stack', stack, '--yes', ...options);

  if (data.length > 0 && !keepData && !deleteData) throw new Failure(refuseToChoose(stack, names));
  if (keepData) {
    if (data.length === 0 && resources.length > 0) throw new Failure(refuseToKeep(stack));
    await destroy('--exclude-protected');
    if (data.length === 0) return;
    const goOn = commandLine('up', `--stack=${stack}`);
    console.log(`These are kept, and ${goOn} goes on with them:\n${names}`);
    return;
  }
  if (data.length > 0) await unprotect(pulumi, stack, data);
  await destroy();
}

/**
 * Has the bucket empty itself when it is deleted, and the table give up its own protection. Only
 * they are updated: the rest of the stack need not be in order, or even there, to be deleted.
 *
 * What says so is a copy of the stack's configuration. The stack keeps its own, so wherever this is
 * stopped, even killed, the next `up` protects the data again.
 */
async function unprotect(pulumi: Pulumi, stack: string, data: Resource[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'file-upload-down-'));
  try {
    const name = `Pulumi.${stack}.yaml`;
    const copy = join(folder, name);
    await copyFile(join(pulumi.folder, name), copy).catch(ignoreMissing);
    const setting = ['--config-file', copy, '--config', `${keyOf('protect')}=false`];
    const targets = data.flatMap(({ urn }) => ['--target', urn]);
    await pulumi.run('up', '--stack', stack, '--yes', ...setting, ...targets);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A stack whose file was lost has a configuration all the same: the defaults. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

async function readResources(pulumi: Pulumi, stack: string): Promise<Resource[]> {
  const state = JSON.parse(await pulumi.read('stack', 'export', '--stack', stack)) as {
    deployment?: { resources?: Resource[] };
  };
  return state.deployment?.resources ?? [];
}

/** A line for each; the settings of a bucket have its name, and come after it. */
function namesOf(resources: Resource[]): string {
  const types = new Map<string, string>();
  for (const { type, id = '' } of resources) {
    if (!types.has(id)) types.set(id, type.split(':').at(-1) ?? type);
  }
  return [...types].map(([id, type]) => `  ${type} ${id}`).join('\n');
}

function refuseToChoose(stack: string, names: string): string {
  const option = `--stack=${stack}`;
  return `The stack ${stack} holds data and was left as it is:
${names}

To delete all else and keep these: ${commandLine('down', option, '--keep-data')}
To delete these too, for good:     ${commandLine('down', option, '--delete-data')}`;
}

function refuseToKeep(stack: string): string {
  return `The stack ${stack} does not protect its data, so nothing of it would be kept. Protect it first: ${commandLine('up', `--stack=${stack}`, '--set=protect=true')}`;
}
