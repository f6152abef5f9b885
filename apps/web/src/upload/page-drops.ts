import { getDroppedFiles } from '@uppy/core/utils';
import type Dashboard from '@uppy/dashboard';
import type { Body, PageMeta, PageUppy } from './uploader.ts';

/** Milliseconds without a `dragover`, of which one comes every 350, after which the files are gone. */
const GONE_MS = 1000;

/**
 * Takes files that are dropped beside the panel, as the browser would leave the page for them; the
 * panel lights up for them, too. Goes on until the returned function is called.
 */
export function takeDropsAnywhere(uppy: PageUppy): () => void {
  const panel = uppy.getPlugin('Dashboard') as Dashboard<PageMeta, Body>;
  const listening = new AbortController();
  const { signal } = listening;
  let gone: ReturnType<typeof setTimeout> | undefined;
  const light = (isDraggingOver: boolean) => {
    if (panel.getPluginState().isDraggingOver === isDraggingOver) return;
    panel.setPluginState({ isDraggingOver });
  };
  const offer = (event: DragEvent) => {
    event.preventDefault();
    if (!event.dataTransfer) return;
    event.dataTransfer.dropEffect = 'copy';
    clearTimeout(gone);
    gone = setTimeout(() => light(false), GONE_MS);
    light(event.dataTransfer.types.includes('Files'));
  };
  // What is dropped on the panel itself does not come as far as this.
  const take = (event: DragEvent) => {
    event.preventDefault();
    light(false);
    if (!event.dataTransfer) return;
    void getDroppedFiles(event.dataTransfer).then((files) => panel.addFiles(files));
  };
  window.addEventListener('dragover', offer, { signal, capture: true });
  window.addEventListener('drop', take, { signal });
  return () => {
    clearTimeout(gone);
    listening.abort();
  };
}
