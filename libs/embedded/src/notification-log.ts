import { constants } from 'node:fs';
import { EventEmitter, once } from 'node:events';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What was published, in a file of JSON lines that only its owner can read. */
export interface NotificationLog {
  /**
   * Appends a message and returns when it is on the disk. Messages that arrive while others are
   * being written share the next write and its sync.
   *
   * @throws when it could not be written; it may be in the log nevertheless after a restart
   */
  append(message: object): Promise<void>;
  /**
   * The messages after the one with the id `after`, then every new one, until `signal` aborts or
   * the log closes. Without `after` only those that are appended from this call on; after an id
   * that this log cannot have given, all. They are read as they are asked for.
   */
  follow(after: string | undefined, signal: AbortSignal): AsyncGenerator<Notification, void>;
  /** Finishes what is being written, and ends all followers. */
  close(): Promise<void>;
}

export interface Notification {
  /** How many bytes of the log end with this message. */
  id: string;
  message: unknown;
}

const NEWLINE = 10;
const READ_BYTES = 64 * 1024;

/**
 * Opens the log, and makes it when it is not there. A line that was torn by a kill is cut off:
 * nobody was told that it was appended. Only one process may have it open.
 *
 * @param openFile a test passes one whose files fail
 */
export async function openNotificationLog(
  file: string,
  openFile: typeof open = open,
): Promise<NotificationLog> {
  const handle = await openFile(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  /** Everything before is whole and on the disk. */
  let end: number;
  try {
    end = await endOfLines(handle);
    await handle.truncate(end);
    await handle.sync();
    await syncFolder(dirname(file), openFile);
  } catch (error) {
    await handle.close();
    throw error;
  }

  const growth = new EventEmitter().setMaxListeners(0);
  const closing = new AbortController();
  let waiting: { line: string; done: () => void; failed: (error: unknown) => void }[] = [];
  let writing: Promise<void> | undefined;
  let torn = false;

  const write = async (lines: Buffer): Promise<void> => {
    if (torn) await handle.truncate(end);
    torn = true;
    for (let at = 0; at < lines.length;) {
      at += (await handle.write(lines, at, lines.length - at, end + at)).bytesWritten;
    }
    await handle.datasync();
    torn = false;
    end += lines.length;
    growth.emit('grown');
  };
  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        await write(Buffer.from(group.map(({ line }) => line).join('')));
        for (const { done } of group) done();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    writing = undefined;
  };

  async function* readFrom(start: number, signal: AbortSignal): AsyncGenerator<Notification, void> {
    /** Where the next line begins, and what was read of it. */
    let position = start;
    let partial: Buffer[] = [];
    let at = start;
    while (!signal.aborted) {
      if (at === end) {
        await once(growth, 'grown', { signal }).catch(() => undefined);
        continue;
      }
      const chunk = await readAt(handle, at, Math.min(READ_BYTES, end - at));
      at += chunk.length;
      let from = 0;
      for (let to; (to = chunk.indexOf(NEWLINE, from)) >= 0; from = to + 1) {
        const line = Buffer.concat([...partial, chunk.subarray(from, to)]);
        partial = [];
        position += line.length + 1;
        const message = parse(line);
        if (message !== undefined) yield { id: String(position), message };
        if (signal.aborted) return;
      }
      if (from < chunk.length) partial.push(chunk.subarray(from));
    }
  }

  return {
    append: (message) =>
      new Promise((done, failed) => {
        if (closing.signal.aborted) throw new Error('The notification log is closed.');
        waiting.push({ line: `${JSON.stringify(message)}\n`, done, failed });
        writing ??= writeAll();
      }),

    follow(after, signal) {
      const until = AbortSignal.any([signal, closing.signal]);
      const now = end;
      return (async function* () {
        if (until.aborted) return;
        yield* readFrom(after === undefined ? now : await positionOf(handle, after, end), until);
      })();
    },

    async close() {
      closing.abort();
      await writing;
      await handle.close();
    },
  };
}

/** Where the last whole line ends. */
async function endOfLines(handle: FileHandle): Promise<number> {
  for (let end = (await handle.stat()).size; end > 0;) {
    const start = Math.max(0, end - READ_BYTES);
    const newline = (await readAt(handle, start, end - start)).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}

/** The position that an id names, or the beginning where no message ends there. */
async function positionOf(handle: FileHandle, id: string, end: number): Promise<number> {
  const position = /^[1-9][0-9]{0,14}$/.test(id) ? Number(id) : 0;
  if (position === 0 || position > end) return 0;
  return (await readAt(handle, position - 1, 1))[0] === NEWLINE ? position : 0;
}

/** @param length how many bytes there are at least */
async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await handle.read(buffer, at, length - at, position + at);
    if (bytesRead === 0) throw new Error('The notification log is shorter than it was.');
    at += bytesRead;
  }
  return buffer;
}

/** A line that a power failure garbled is no message: nobody was told that it was appended. */
function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch {
    return undefined;
  }
}

/** Makes it durable that the file is there. */
async function syncFolder(folder: string, openFile: typeof open): Promise<void> {
  const handle = await openFile(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
