const PREFIX = 'upload:';
/** Milliseconds: an upload that is not finished by then is gone from the service too. */
export const UPLOAD_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

/** Milliseconds in which everything else has learned that a file has been sent. */
const FINISHED_MS = 60_000;

interface Entry {
  /** Null: it has been sent. */
  file_id: string | null;
  expires: number;
}

/**
 * Which upload a file was being sent with, so that it goes on when the same file is chosen again,
 * after a reload too.
 */
export class RememberedUploads {
  readonly #storage: Storage;
  readonly #now: () => number;

  constructor(storage: Storage, now: () => number = Date.now) {
    this.#storage = storage;
    this.#now = now;
    this.#forgetExpired();
  }

  /** @param file what tells the file from others: name, folder, type, size and time of change */
  get(file: string): string | undefined {
    return this.#current(file)?.file_id ?? undefined;
  }

  set(file: string, fileId: string): void {
    this.#write(file, { file_id: fileId, expires: this.#now() + UPLOAD_LIFETIME_MS });
  }

  /** Remembers for a while that a file has been sent. */
  finish(file: string): void {
    this.#write(file, { file_id: null, expires: this.#now() + FINISHED_MS });
  }

  /** Whether a file has just been sent. */
  hasFinished(file: string): boolean {
    return this.#current(file)?.file_id === null;
  }

  forget(file: string): void {
    this.#storage.removeItem(PREFIX + file);
  }

  #forgetExpired(): void {
    const keys = Array.from({ length: this.#storage.length }, (_, index) =>
      this.#storage.key(index),
    );
    for (const key of keys) {
      if (!key?.startsWith(PREFIX)) continue;
      const entry = this.#read(key);
      if (!entry || entry.expires <= this.#now()) this.#storage.removeItem(key);
    }
  }

  #current(file: string): Entry | undefined {
    const entry = this.#read(PREFIX + file);
    return entry && entry.expires > this.#now() ? entry : undefined;
  }

  #write(file: string, entry: Entry): void {
    try {
      this.#storage.setItem(PREFIX + file, JSON.stringify(entry));
    } catch {
      // A full or forbidden storage: the upload works, and starts again after a reload.
    }
  }

  #read(key: string): Entry | undefined {
    try {
      return JSON.parse(this.#storage.getItem(key) ?? 'null') as Entry;
    } catch {
      return undefined;
    }
  }
}
