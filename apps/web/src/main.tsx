import { abortUpload, createClient, uploadFile } from '@file-upload/api-client';
import { render } from 'preact';
import { createFilesApi } from './files/files-api.ts';
import { FilesModel } from './files/files-model.ts';
import { Page } from './page.tsx';
import { createUppy } from './upload/create-uppy.ts';
import { RememberedUploads } from './upload/remembered-uploads.ts';

// The page may be served under any path.
const client = createClient({ baseUrl: new URL('.', document.baseURI).href.replace(/\/$/, '') });
const model = new FilesModel(createFilesApi(client));
const remembered = new RememberedUploads(() => localStorage);

function mountUploads(target: HTMLElement, announce: (message: string) => void): () => void {
  const uppy = createUppy({
    target,
    remembered,
    send: (source, options) => uploadFile(client, source, options),
    abort: (fileId) => abortUpload({ client, path: { file_id: fileId }, throwOnError: true }),
    onStored(file) {
      model.add(file);
      announce(`${file.file_name} uploaded.`);
    },
  });
  return () => uppy.destroy();
}

const page = document.getElementById('page');
if (page) render(<Page model={model} mountUploads={mountUploads} />, page);
