import type { FileMetadata } from '@file-upload/api-client';
import { BasePlugin, type Meta, type PluginOpts, type Uppy, type UppyFile } from '@uppy/core';
import {
  filterFilesToEmitUploadStarted,
  filterFilesToUpload,
  TaskQueue,
  toError,
} from '@uppy/core/utils';
import type { RememberedUploads } from './remembered-uploads.ts';
import { Throughput } from './throughput.ts';

/** Files that are sent at once; each may send several parts. */
const FILES_AT_ONCE = 3;

/** What an upload is told and tells; of `uploadFile` of the client. */
export interface SendOptions {
  fileName: string;
  contentType?: string;
  resume?: string;
  signal: AbortSignal;
  onOpen: (upload: { file_id: string; expires_at: string | null }) => void;
  onProgress: (progress: { sent: number; total: number }) => void;
}

export interface UploaderOptions extends PluginOpts {
  send: (source: Blob, options: SendOptions) => Promise<FileMetadata>;
  /** Removes what has arrived of an upload. */
  abort: (fileId: string) => Promise<unknown>;
  remembered: RememberedUploads;
}

export type PageMeta = Meta;
export type Body = FileMetadata & Record<string, unknown>;
export type PageUppy = Uppy<PageMeta, Body>;
export type PageFile = UppyFile<PageMeta, Body>;

/** Sends the files of Uppy with the client of the service: straight to its store. */
export class Uploader extends BasePlugin<UploaderOptions, PageMeta, Body> {
  readonly throughput = new Throughput();
  readonly #queue = new TaskQueue({ concurrency: FILES_AT_ONCE });
  /** Files from their start to their end, by their id in Uppy; pauses are part of it. */
  readonly #sending = new Map<string, Promise<void>>();
  /** Files of which bytes are going out. */
  readonly #running = new Map<string, AbortController>();

  constructor(uppy: PageUppy, options: UploaderOptions) {
    super(uppy, options);
    this.id = 'Uploader';
    this.type = 'uploader';
  }

  override install(): void {
    const { capabilities } = this.uppy.getState();
    this.uppy.setState({ capabilities: { ...capabilities, resumableUploads: true } });
    this.uppy.addUploader(this.#upload);
    this.uppy.on('state-update', this.#stopPausedAndRemoved);
    this.uppy.on('file-removed', this.#abortRemoved);
  }

  override uninstall(): void {
    this.uppy.removeUploader(this.#upload);
    this.uppy.off('state-update', this.#stopPausedAndRemoved);
    this.uppy.off('file-removed', this.#abortRemoved);
    for (const controller of this.#running.values()) controller.abort();
  }

  readonly #upload = async (ids: string[]): Promise<void> => {
    const files = filterFilesToUpload(this.uppy.getFilesByIds(ids).filter(Boolean));
    this.uppy.emit('upload-start', filterFilesToEmitUploadStarted(files));
    await Promise.all(files.map(({ id }) => this.#sendOnce(id)));
  };

  /** A restored session starts all of its uploads, those that run as well. */
  #sendOnce(id: string): Promise<void> {
    let sending = this.#sending.get(id);
    if (!sending) {
      sending = this.#send(id).finally(() => this.#sending.delete(id));
      this.#sending.set(id, sending);
    }
    return sending;
  }

  async #send(id: string): Promise<void> {
    do {
      await this.#whileItIsPaused(id);
      // A paused file waits outside of the queue, and holds up none.
    } while (!(await this.#queue.add(() => this.#attempt(id))));
  }

  async #whileItIsPaused(id: string): Promise<void> {
    const isPaused = () => this.uppy.getFile(id)?.isPaused === true;
    if (!isPaused()) return;
    await new Promise<void>((resolve) => {
      const check = () => {
        if (isPaused()) return;
        this.uppy.off('state-update', check);
        resolve();
      };
      this.uppy.on('state-update', check);
    });
  }

  /** @returns whether it has come to an end: not if it was paused */
  async #attempt(id: string): Promise<boolean> {
    const file = this.uppy.getFile(id);
    if (!file) return true;
    if (file.isPaused) return false;
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const metadata = await this.#sendOrResume(file, controller.signal);
      this.opts.remembered.finish(id);
      this.uppy.emit('upload-success', file, {
        status: 200,
        body: metadata,
        uploadURL: metadata.file_url,
      });
      return true;
    } catch (error) {
      if (controller.signal.aborted) return false;
      if (isFutile(error)) this.#abandon(id);
      this.uppy.emit('upload-error', file, toError(error));
      return true;
    } finally {
      this.#running.delete(id);
      if (this.#running.size === 0) this.throughput.reset();
    }
  }

  async #sendOrResume(file: PageFile, signal: AbortSignal): Promise<FileMetadata> {
    const { remembered } = this.opts;
    const resume = remembered.get(file.id);
    try {
      return await this.#sendFile(file, { signal, ...(resume !== undefined && { resume }) });
    } catch (error) {
      if (resume === undefined || signal.aborted || !isFutile(error)) throw error;
      this.#abandon(file.id);
      return await this.#sendFile(file, { signal });
    }
  }

  async #sendFile(
    file: PageFile,
    options: Pick<SendOptions, 'signal' | 'resume'>,
  ): Promise<FileMetadata> {
    if (!(file.data instanceof Blob)) throw new Error('Select the file again.');
    let before = 0;
    let isGoingOut = false;
    return await this.opts.send(file.data, {
      ...options,
      fileName: file.name,
      ...(file.type && { contentType: file.type }),
      onOpen: ({ file_id, expires_at }) => {
        if (expires_at !== null) this.opts.remembered.set(file.id, file_id, expires_at);
      },
      onProgress: ({ sent, total }) => {
        if (isGoingOut) this.throughput.add(sent - before);
        // What is told at once was there before, and says nothing of the speed.
        else queueMicrotask(() => (isGoingOut = true));
        before = sent;
        const uploadStarted = this.uppy.getFile(file.id)?.progress.uploadStarted ?? Date.now();
        const progress = { uploadStarted, bytesUploaded: sent, bytesTotal: total };
        this.uppy.emit('upload-progress', file, progress);
      },
    });
  }

  readonly #stopPausedAndRemoved = (): void => {
    for (const [id, controller] of this.#running) {
      const file = this.uppy.getFile(id);
      if (!file || file.isPaused) controller.abort();
    }
  };

  readonly #abortRemoved = ({ id }: PageFile): void => this.#abandon(id);

  /** Forgets an upload, here and at the service. */
  #abandon(id: string): void {
    const fileId = this.opts.remembered.get(id);
    // What is stored is not remembered.
    if (fileId === undefined) return;
    this.opts.remembered.forget(id);
    this.opts.abort(fileId).catch((error: unknown) => {
      // It expires by itself.
      this.uppy.log(toError(error), 'warning');
    });
  }
}

/** What says that an upload is gone, or one of other bytes than those of the file. */
const FUTILE = new Set([
  'UPLOAD_NOT_FOUND',
  'SOURCE_CHANGED',
  'CHECKSUM_MISMATCH',
  'CHECKSUM_NOT_SUPPORTED',
]);

/** Whether an upload would be refused again however often it is resumed. */
function isFutile(error: unknown): boolean {
  return FUTILE.has((error as { code?: string }).code ?? '');
}
