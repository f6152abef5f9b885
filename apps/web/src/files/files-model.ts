import type { FileMetadata } from '@file-upload/api-client';
import { reasonOf, type FilesApi } from './files-api.ts';
import { isSettled, mergeFiles } from './file-order.ts';
import { Repeater } from './repeater.ts';

export interface FilesState {
  phase: 'loading' | 'ready' | 'failed';
  /** Newest first. */
  files: FileMetadata[];
  /** Asks for the next page; null where there is none. */
  nextCursor: string | null;
  isLoadingMore: boolean;
  /** Why the last attempt to load did not succeed. */
  problem: string | null;
}

/** Milliseconds. */
export interface Timing {
  /** Before asking what has become of a file; and longer where events tell. */
  poll: number;
  pollWithEvents: number;
  /** Before connecting again. */
  reconnect: number;
  /** Between two times of asking or connecting, at most. */
  longest: number;
}

const TIMING: Timing = { poll: 1000, pollWithEvents: 5000, reconnect: 1000, longest: 30_000 };
const PAGE_SIZE = 20;
/** A page that has all files that are not settled, except in rare cases. */
const POLL_SIZE = 100;

/**
 * The caller's files, kept up to date: by the service's events where it streams them, and by asking,
 * ever less often, as long as a file is not settled.
 */
export class FilesModel {
  #state: FilesState = {
    phase: 'loading',
    files: [],
    nextCursor: null,
    isLoadingMore: false,
    problem: null,
  };
  readonly #api: FilesApi;
  readonly #timing: Timing;
  readonly #listeners = new Set<() => void>();
  /** An answer that was on its way must not bring them back. */
  readonly #removed = new Set<string>();
  readonly #polling: Repeater;
  readonly #connecting: Repeater;
  #following = new AbortController();
  #hasEvents = false;

  constructor(api: FilesApi, timing: Timing = TIMING) {
    this.#api = api;
    this.#timing = timing;
    const { poll, reconnect, longest: longestMs } = timing;
    this.#polling = new Repeater(() => this.#askForUnsettled(), { shortestMs: poll, longestMs });
    this.#connecting = new Repeater(() => this.#follow(), { shortestMs: reconnect, longestMs });
  }

  get state(): FilesState {
    return this.#state;
  }

  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Loads the newest files, and follows what becomes of them until the returned function is called. */
  start(): () => void {
    this.#following = new AbortController();
    this.#connecting.start(0);
    void this.load();
    return () => {
      this.#following.abort();
      this.#connecting.stop();
      this.#polling.stop();
    };
  }

  /** Loads the newest files; what has been loaded of older ones stays. */
  async load(): Promise<void> {
    const isFirst = this.#state.phase !== 'ready';
    if (isFirst) this.#set({ phase: 'loading', problem: null });
    try {
      const { files, next_cursor } = await this.#api.list({ limit: PAGE_SIZE });
      this.#set({ phase: 'ready', ...(isFirst && { nextCursor: next_cursor }) });
      this.#merge(files);
    } catch (error) {
      // What is on the page is better than nothing.
      if (isFirst) this.#set({ phase: 'failed', problem: reasonOf(error) });
    }
  }

  async loadMore(): Promise<void> {
    const { nextCursor: cursor, isLoadingMore } = this.#state;
    if (cursor === null || isLoadingMore) return;
    this.#set({ isLoadingMore: true, problem: null });
    try {
      const { files, next_cursor } = await this.#api.list({ limit: PAGE_SIZE, cursor });
      this.#set({ isLoadingMore: false, nextCursor: next_cursor });
      this.#merge(files);
    } catch (error) {
      this.#set({ isLoadingMore: false, problem: reasonOf(error) });
    }
  }

  /** Takes in a file that was just stored. */
  add(file: FileMetadata): void {
    this.#merge([file]);
  }

  /** Deletes a file. Rejects where it could not. */
  async remove(fileId: string): Promise<void> {
    await this.#api.remove(fileId);
    this.#drop(fileId);
  }

  /** @returns whether to connect again */
  async #follow(): Promise<boolean> {
    const { signal } = this.#following;
    const onOpen = () => {
      // What was announced while it was not connected is not told again.
      if (!this.#hasEvents && this.#state.phase !== 'loading') void this.load();
      this.#hasEvents = true;
    };
    const onEvent = (file: FileMetadata) => this.#merge([file]);
    const outcome = await this.#api.follow({ signal, onOpen, onEvent }).catch(() => 'ended');
    if (outcome === 'refused' || signal.aborted) return false;
    if (!this.#hasEvents) return true;
    this.#hasEvents = false;
    // It did connect: the wait does not have to grow.
    this.#connecting.start(this.#timing.reconnect);
    return false;
  }

  /** @returns whether to ask again */
  async #askForUnsettled(): Promise<boolean> {
    try {
      const { files } = await this.#api.list({ limit: POLL_SIZE });
      const listed = new Map(files.map((file) => [file.file_id, file]));
      for (const { file_id } of this.#unsettled()) {
        const file = listed.get(file_id) ?? (await this.#api.get(file_id));
        if (file) this.#merge([file]);
        else this.#drop(file_id);
      }
    } catch {
      // It is asked again.
    }
    return this.#unsettled().length > 0;
  }

  #unsettled(): FileMetadata[] {
    return this.#state.files.filter((file) => !isSettled(file));
  }

  #merge(incoming: FileMetadata[]): void {
    const known = new Set(this.#unsettled().map(({ file_id }) => file_id));
    const wanted = incoming.filter(({ file_id }) => !this.#removed.has(file_id));
    this.#set({ files: mergeFiles(this.#state.files, wanted) });
    if (this.#following.signal.aborted) return;
    if (this.#unsettled().some(({ file_id }) => !known.has(file_id))) {
      this.#polling.start(this.#hasEvents ? this.#timing.pollWithEvents : this.#timing.poll);
    }
  }

  #drop(fileId: string): void {
    this.#removed.add(fileId);
    this.#set({ files: this.#state.files.filter(({ file_id }) => file_id !== fileId) });
  }

  #set(patch: Partial<FilesState>): void {
    this.#state = { ...this.#state, ...patch };
    for (const listener of this.#listeners) listener();
  }
}
