import { createClient, uploadFile, type FileMetadata } from '@file-upload/api-client';

declare global {
  interface Window {
    uploadWithClient: typeof uploadWithClient;
  }
}

/**
 * Uploads what was chosen on this page with the client, and interrupts it once where it is told to.
 *
 * @param interruptAt bytes that have to be sent before
 */
async function uploadWithClient(api: string, interruptAt = Infinity): Promise<FileMetadata> {
  const file = document.querySelector('input')?.files?.[0];
  if (!file) throw new Error('No file is chosen.');
  const client = createClient({ baseUrl: api });
  const interruption = new AbortController();
  let resume = '';
  try {
    return await uploadFile(client, file, {
      signal: interruption.signal,
      onOpen: ({ file_id }) => (resume = file_id),
      onProgress: ({ sent }) => sent > interruptAt && interruption.abort(),
    });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
    return await uploadFile(client, file, { resume });
  }
}
window.uploadWithClient = uploadWithClient;
