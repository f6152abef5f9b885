/** What is used of Node.js, in the words of its own documentation. */
interface Builtins {
  'node:fs/promises': { open: (path: string | URL) => Promise<FileHandle> };
  'node:path': { basename: (path: string) => string };
  'node:url': { fileURLToPath: (url: URL) => string };
  'node:http': { request: HttpRequest };
  'node:https': { request: HttpRequest };
}

export interface FileHandle {
  stat: () => Promise<{ size: number; mtimeMs: number; isFile: () => boolean }>;
  read: (
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) => Promise<{ bytesRead: number }>;
  close: () => Promise<void>;
}

type HttpRequest = (
  url: string,
  options: { method: string; headers: Record<string, string>; signal: AbortSignal },
  onResponse: (response: IncomingMessage) => void,
) => ClientRequest;

interface ClientRequest {
  on: (event: 'error', listener: (error: Error) => void) => void;
  once: (event: 'drain', listener: () => void) => void;
  write: (chunk: Uint8Array) => boolean;
  end: () => void;
  destroy: () => void;
  writableFinished: boolean;
}

interface IncomingMessage extends AsyncIterable<string> {
  statusCode?: number;
  headers: Record<string, string | string[] | undefined>;
  setEncoding: (encoding: 'utf8') => void;
}

type GetBuiltin = <Name extends keyof Builtins>(name: Name) => Builtins[Name];

/**
 * Node.js's own way to a builtin module for code that runs in browsers too; an import would be one
 * that bundlers for browsers cannot resolve. Undefined where this is not Node.js.
 *
 * @see https://nodejs.org/api/process.html#processgetbuiltinmoduleid
 */
export const getBuiltin = (globalThis as { process?: { getBuiltinModule?: GetBuiltin } }).process
  ?.getBuiltinModule;
