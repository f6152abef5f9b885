import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { deflateSync, zipSync } from 'fflate';

export interface Zip {
  /** Of the whole archive. */
  bytes: number;
  files: { name: string; bytes: number; zipped: number }[];
}

/** The paths of the files in a folder, sorted. */
export async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .sort();
}

/** The archive that a folder is deployed as: each of its files, deflated. */
export async function zipOf(folder: string): Promise<Zip> {
  const names = await filesOf(folder);
  const entries = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name))] as const),
  );
  return {
    bytes: zipSync(Object.fromEntries(entries)).length,
    files: entries.map(([name, content]) => ({
      name,
      bytes: content.length,
      zipped: deflateSync(content).length,
    })),
  };
}
