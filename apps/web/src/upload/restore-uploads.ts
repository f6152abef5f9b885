import GoldenRetriever from '@uppy/golden-retriever';
import type { RememberedUploads } from './remembered-uploads.ts';
import type { PageUppy } from './uploader.ts';

const MIB = 1024 ** 2;
/**
 * Files of up to this size survive a reload in the browser. A larger one has to be chosen again, and
 * then goes on where it was. Uppy's types know nothing of these options.
 */
const KEPT_IN_BROWSER = { maxFileSize: 512 * MIB, maxTotalSize: 1024 * MIB };
/** Milliseconds: what is older would hardly be gone on with. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
/** Milliseconds in which a tab that is reloaded gives its lock back. */
const LOCK_WAIT_MS = 2000;

/** Goes on after a reload with what was being sent. */
export function restoreUploads(uppy: PageUppy, remembered: RememberedUploads): void {
  removeFinished(uppy, remembered);
  resumeRestored(uppy);
  void keepAcrossReloads(uppy);
}

/**
 * The state that is restored after a reload is some moments old, and may not know what was sent in
 * these; the list of files does.
 */
function removeFinished(uppy: PageUppy, remembered: RememberedUploads): void {
  uppy.on('restored', () => {
    const sent = uppy.getFiles().filter(({ id }) => remembered.hasFinished(id));
    uppy.removeFiles(sent.map(({ id }) => id));
  });
}

/** Starts what was restored as soon as all of its bytes are at hand. */
function resumeRestored(uppy: PageUppy): void {
  const resume = () => {
    const { recoveredState, files } = uppy.getState();
    if (!recoveredState || Object.keys(files).length === 0) return;
    if (!uppy.getFiles().some(({ isGhost }) => isGhost)) uppy.emit('restore-confirmed');
  };
  uppy.on('restored', resume);
  uppy.on('files-added', resume);
  uppy.on('file-removed', resume);
}

/**
 * Keeps what is being sent in the browser, and restores it: in one tab, as another would send the
 * same files once more. The browser takes the lock from a tab that is closed or reloaded.
 */
async function keepAcrossReloads(uppy: PageUppy): Promise<void> {
  const keep = () =>
    uppy.use(GoldenRetriever, {
      expires: KEPT_MS,
      indexedDB: KEPT_IN_BROWSER as object,
    });
  // Without TLS there are no locks.
  if (!('locks' in navigator)) {
    keep();
    return;
  }
  const options = { signal: AbortSignal.timeout(LOCK_WAIT_MS) };
  const held = navigator.locks.request('uploads', options, () => {
    keep();
    return new Promise(() => {});
  });
  await held.catch(() => uppy.log('Another tab keeps its uploads.'));
}
