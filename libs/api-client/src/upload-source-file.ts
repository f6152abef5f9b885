import { getBuiltin, type FileHandle } from './node-builtins.ts';
import { readingSource, sourceChanged, UploadError } from './upload-error.ts';
import type { OpenSource } from './upload-source.ts';

/** Opens a file by its path, in Node.js. @throws UploadError */
export async function openFile(path: string | URL): Promise<OpenSource> {
  if (!getBuiltin) throw new UploadError('SOURCE_FAILED', 'Only Node.js can upload from a path.');
  const file = await readingSource(getBuiltin('node:fs/promises').open(path));
  try {
    return await sourceOf(file, path);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function sourceOf(file: FileHandle, path: string | URL): Promise<OpenSource> {
  const before = await readingSource(file.stat());
  if (!before.isFile()) throw new UploadError('SOURCE_FAILED', 'The path is not that of a file.');
  const text = typeof path === 'string' ? path : getBuiltin!('node:url').fileURLToPath(path);
  return {
    name: getBuiltin!('node:path').basename(text),
    size: before.size,
    inOrder: false,
    async read(target, start) {
      for (let at = 0; at < target.byteLength;) {
        const { bytesRead } = await readingSource(
          file.read(target, at, target.byteLength - at, start + at),
        );
        if (bytesRead === 0) throw sourceChanged('It has become shorter.');
        at += bytesRead;
      }
    },
    async requireSame() {
      const { size, mtimeMs } = await readingSource(file.stat());
      if (size === before.size && mtimeMs === before.mtimeMs) return;
      throw sourceChanged('It was written to while it was read.');
    },
    close: () => file.close(),
  };
}
