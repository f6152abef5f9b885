import { getDroppedFiles } from '@uppy/core/utils';
import type Dashboard from '@uppy/dashboard';
import type { Body, PageMeta, PageUppy } from './uploader.ts';

/**
 * Takes files that are dropped beside the panel, as the browser would leave the page for them. Goes
 * on until the returned function is called.
 */
export function takeDropsAnywhere(uppy: PageUppy): () => void {
  const panel = uppy.getPlugin('Dashboard') as Dashboard<PageMeta, Body>;
  const listening = new AbortController();
  const { signal } = listening;
  // What is dropped on the panel itself does not come as far as this.
  const offer = (event: DragEvent) => {
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
  };
  const take = (event: DragEvent) => {
    event.preventDefault();
    if (!event.dataTransfer) return;
    void getDroppedFiles(event.dataTransfer).then((files) => panel.addFiles(files));
  };
  window.addEventListener('dragover', offer, { signal });
  window.addEventListener('drop', take, { signal });
  return () => listening.abort();
}
