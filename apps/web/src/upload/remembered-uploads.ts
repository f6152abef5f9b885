const PREFIX = 'upload:';
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
  readonly #openStorage: () => Storage;
  readonly #now: () => number;
  /** What this page wrote, whether or not the browser keeps it; null: forgotten. */
  readonly #written = new Map<string, Entry | null>();

  /** @param openStorage throws where the browser allows none */
  constructor(openStorage: () => Storage, now: () => number = Date.now) {
    this.#openStorage = openStorage;
    this.#now = now;
    this.#forgetExpired();
  }

  /** @param file what tells the file from others: name, folder, type, size and time of change */
  get(file: string): string | undefined {
    return this.#current(file)?.file_id ?? undefined;
  }

  /** @param expiresAt RFC 3339: when the service gives the upload up */
  set(file: string, fileId: string, expiresAt: string): void {
    this.#write(file, { file_id: fileId, expires: Date.parse(expiresAt) });
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
    this.#write(file, null);
  }

  #current(file: string): Entry | undefined {
    const written = this.#written.get(file);
    const entry = written === undefined ? this.#read(PREFIX + file) : written;
    return entry && entry.expires > this.#now() ? entry : undefined;
  }

  #write(file: string, entry: Entry | null): void {
    this.#written.set(file, entry);
    this.#useStorage((storage) => {
      if (entry) storage.setItem(PREFIX + file, JSON.stringify(entry));
      else storage.removeItem(PREFIX + file);
    });
  }

  #read(key: string): Entry | null | undefined {
    return this.#useStorage(
      (storage) => JSON.parse(storage.getItem(key) ?? 'null') as Entry | null,
    );
  }

  #forgetExpired(): void {
    this.#useStorage((storage) => {
      const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
      for (const key of keys) {
        if (!key?.startsWith(PREFIX)) continue;
        const entry = this.#read(key);
        if (!entry || entry.expires <= this.#now()) storage.removeItem(key);
      }
    });
  }

  /** Where the storage is full, forbidden or nonsense, an upload starts again after a reload. */
  #useStorage<T>(use: (storage: Storage) => T): T | undefined {
    try {
      return use(this.#openStorage());
    } catch {
      return undefined;
    }
  }
}
