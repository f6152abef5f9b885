import { abortUpload, createClient, uploadFile } from '@file-upload/api-client';
import { render } from 'preact';
import { createFilesApi } from './files/files-api.ts';
import { FilesModel } from './files/files-model.ts';
import { Page } from './page.tsx';
import { createUppy } from './upload/create-uppy.ts';
import { takeDropsAnywhere } from './upload/page-drops.ts';
import type { Problems } from './upload/problems.tsx';
import { RememberedUploads } from './upload/remembered-uploads.ts';
import type { Announce } from './use-announcer.ts';

// The page may be served under any path.
const client = createClient({ baseUrl: new URL('.', document.baseURI).href.replace(/\/$/, '') });
// The service says so in the page, where it streams them.
const hasEvents = 'events' in document.documentElement.dataset;
const model = new FilesModel(createFilesApi(client, hasEvents));
const remembered = new RememberedUploads(() => localStorage);

function mountUploads(target: HTMLElement, announce: Announce): () => void {
  const uppy = createUppy({
    target,
    remembered,
    send: (source, options) => uploadFile(client, source, options),
    abort: (fileId) => abortUpload({ client, path: { file_id: fileId }, throwOnError: true }),
    announce,
    onStored(file) {
      model.add(file);
      announce(`${file.file_name} uploaded.`);
    },
  });
  // That a file is rejected is known some time after it was sent.
  const problems = uppy.getPlugin('Problems') as Problems;
  const unsubscribe = model.subscribe(() => problems.follow(model.state.files));
  const stopDrops = takeDropsAnywhere(uppy);
  return () => {
    stopDrops();
    unsubscribe();
    uppy.destroy();
  };
}

const page = document.getElementById('page');
if (page) render(<Page model={model} mountUploads={mountUploads} />, page);
