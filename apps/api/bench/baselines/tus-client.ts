/** Uploads a file to a tus server: `tus-js-client`, as it comes. */
import { createReadStream } from 'node:fs';
import { Upload } from 'tus-js-client';

const { url } = JSON.parse(process.argv[2] ?? '') as { url: string };

process.on('message', ({ path }: { path: string }) => {
  const upload = new Upload(createReadStream(path), {
    endpoint: url,
    onSuccess: () => process.send?.({ url: upload.url }),
    onError(error) {
      throw error;
    },
  });
  upload.start();
});
process.send?.({});
