import { Uppy } from '@uppy/core';
import Dashboard from '@uppy/dashboard';
import type { FileMetadata } from '@file-upload/api-client';
import type { Announce } from '../use-announcer.ts';
import { panelWords } from './panel-words.ts';
import { Problems } from './problems.tsx';
import { Progress } from './progress.tsx';
import { restoreUploads } from './restore-uploads.ts';
import {
  Uploader,
  type Body,
  type PageMeta,
  type PageUppy,
  type UploaderOptions,
} from './uploader.ts';

/** Where Uppy's own words would not say what to do. */
const WORDS = {
  dashboardTitle: 'Upload files',
  browseFiles: 'Choose files',
  browseFolders: 'Choose a folder',
  dropPasteBoth: 'Drop files here, or\n%{browseFiles} %{browseFolders}',
  // Of devices that can neither drop files nor choose a folder.
  dropPasteFiles: '%{browseFiles}',
  sessionRestored: 'Your upload was interrupted',
  recoveredXFiles: {
    0: 'Select %{smart_count} file again. What has been sent of it is kept.',
    1: 'Select %{smart_count} files again. What has been sent of them is kept.',
  },
  recoveredAllFiles: 'It goes on where it was.',
};
/** Heights of the panel in pixels. */
const EMPTY = 260;
const WITH_FILES = 420;
/** Milliseconds that what has been sent is still shown, before it is in the list of files alone. */
const AFTERGLOW_MS = 2500;

export interface UploadPanelOptions extends Omit<UploaderOptions, 'locale' | 'id'> {
  target: HTMLElement;
  onStored: (file: FileMetadata) => void;
  announce: Announce;
}

/** The panel that takes files and sends them. */
export function createUppy(panel: UploadPanelOptions): PageUppy {
  const { target, onStored, announce, ...options } = panel;
  const uppy: PageUppy = new Uppy<PageMeta, Body>({
    id: 'upload',
    autoProceed: true,
  })
    .use(Uploader, options)
    .use(Dashboard, {
      target,
      inline: true,
      width: '100%',
      height: EMPTY,
      theme: 'auto',
      fileManagerSelectionType: matchMedia('(pointer: coarse)').matches ? 'files' : 'both',
      proudlyDisplayPoweredByUppy: false,
      singleFileFullScreen: false,
      // Both are told by our own line, for all widths; and nothing waits to be started.
      hideProgressDetails: true,
      hideUploadButton: true,
      // Its messages would cover what they are about.
      disableInformer: true,
      locale: { strings: WORDS },
    });

  const { throughput } = uppy.getPlugin('Uploader') as Uploader;
  uppy.use(Progress, { target: Dashboard, throughput });
  uppy.use(Problems, { target: Dashboard, announce });
  uppy.on('upload-success', (_file, { body }) => {
    if (body) onStored(body);
  });
  uppy.on('upload-error', (file, { message }) => announce(`${file?.name}: ${message}`, true));
  fitHeight(uppy);
  fitWords(uppy);
  completeList(target);
  restoreUploads(uppy, options.remembered);
  retryOnceOnline(uppy);
  clearWhenDone(uppy);
  return uppy;
}

function fitHeight(uppy: PageUppy): void {
  let isEmpty = true;
  uppy.on('state-update', (_before, { files }) => {
    if (isEmpty === (Object.keys(files).length === 0)) return;
    isEmpty = !isEmpty;
    uppy.getPlugin('Dashboard')?.setOptions({ height: isEmpty ? EMPTY : WITH_FILES });
  });
}

function fitWords(uppy: PageUppy): void {
  let known = '{}';
  uppy.on('state-update', () => {
    const files = uppy.getFiles();
    const words = panelWords({
      files: files.length,
      sent: files.filter(({ progress }) => progress.uploadComplete).length,
      failed: files.filter(({ error }) => error).length,
    });
    const current = JSON.stringify(words);
    if (current === known) return;
    known = current;
    uppy.getPlugin('Dashboard')?.setOptions({ locale: { strings: { ...WORDS, ...words } } });
  });
}

/** Uppy makes a single file the item of a list, and leaves the list out. */
function completeList(target: HTMLElement): void {
  const complete = () =>
    target.querySelector('.uppy-Dashboard-files')?.setAttribute('role', 'list');
  new MutationObserver(complete).observe(target, { childList: true, subtree: true });
}

function retryOnceOnline(uppy: PageUppy): void {
  uppy.on('back-online', () => {
    if (uppy.getFiles().some(({ error }) => error)) void uppy.retryAll();
  });
}

/** What has been sent leaves the panel for the list of files. */
function clearWhenDone(uppy: PageUppy): void {
  uppy.on('complete', () => {
    setTimeout(() => {
      const { isAllComplete } = uppy.getObjectOfFilesPerState();
      if (isAllComplete) uppy.clear();
    }, AFTERGLOW_MS);
  });
}
