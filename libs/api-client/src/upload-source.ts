import { sourceChanged } from './upload-error.ts';
import { openFile } from './upload-source-file.ts';
import { openStream } from './upload-source-stream.ts';

/** The bytes to upload: in Node.js also the path of a file, or a stream that says how long it is. */
export type UploadSource = Blob | string | URL | SizedStream;

/** A stream of exactly `size` bytes. */
export interface SizedStream {
  stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
  size: number;
}

/** A source that is open. */
export interface OpenSource {
  name?: string | undefined;
  type?: string | undefined;
  /** Bytes. */
  size: number;
  /** All of them, where they have been read already. */
  bytes?: Uint8Array;
  /** Whether it has to be read from its start to its end. */
  inOrder: boolean;
  /** Fills `target` with the bytes from `start` on. @throws UploadError */
  read: (target: Uint8Array, start: number) => Promise<void>;
  /** To be called when all has been read. @throws UploadError where it is not the same any more */
  requireSame: () => Promise<void>;
  close: () => Promise<void>;
}

/** @throws UploadError SOURCE_FAILED */
export async function openSource(source: UploadSource): Promise<OpenSource> {
  if (typeof source === 'string' || source instanceof URL) return await openFile(source);
  return typeof source.stream === 'function'
    ? openBlob(source as Blob)
    : openStream(source as SizedStream);
}

/** Reads all of a source that is small. @throws UploadError */
export async function inMemory(source: OpenSource): Promise<OpenSource> {
  const bytes = new Uint8Array(source.size);
  await source.read(bytes, 0);
  await source.requireSame();
  return {
    ...source,
    bytes,
    inOrder: false,
    // What becomes of the file from now on does not matter.
    requireSame: async () => undefined,
    read: async (target, start) => target.set(bytes.subarray(start, start + target.byteLength)),
  };
}

function openBlob(blob: Blob): OpenSource {
  return {
    name: 'name' in blob ? (blob.name as string) : undefined,
    type: blob.type || undefined,
    size: blob.size,
    inOrder: false,
    async read(target, start) {
      const part = blob.slice(start, start + target.byteLength);
      // A file that has changed since it was chosen cannot be read any more.
      const bytes = await part.arrayBuffer().catch((cause: unknown) => {
        throw sourceChanged('It was changed after it was chosen.', cause);
      });
      if (bytes.byteLength < target.byteLength) throw sourceChanged('It has become shorter.');
      target.set(new Uint8Array(bytes));
    },
    requireSame: async () => undefined,
    close: async () => undefined,
  };
}
