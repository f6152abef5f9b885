import type {
  CreateFileResponse,
  OpenUploadRequest,
  SignedParts,
  SinglePlan,
  OpenedUpload,
} from '@file-upload/api-client';

/** What a page could read of an upload on its way. */
export interface Sent {
  fileId: string;
  /** `Location` of the upload, then of the file. */
  locations: (string | null)[];
  /** Of each request to the store. */
  etags: (string | null)[];
  /** Bytes that were said to be sent, as it went on. */
  progress: number[];
}

declare global {
  interface Window {
    directUpload: (api: string, contentType?: string) => Promise<Sent>;
    sendRequest: typeof sendRequest;
  }
}

/** Uploads the file that was chosen on this page, with nothing but what browsers have. */
window.directUpload = async (api, contentType = 'application/octet-stream') => {
  const file = document.querySelector('input')?.files?.[0];
  if (!file) throw new Error('No file is chosen.');
  const post = async (path: string, body: unknown) => {
    const response = await fetch(api + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
    return response;
  };
  const opened = await post('/uploads', {
    file_name: file.name,
    file_size: file.size,
    content_type: contentType,
  } satisfies OpenUploadRequest);
  const { file_id, upload } = (await opened.json()) as OpenedUpload;
  const etags: (string | null)[] = [];
  const progress: number[] = [];
  const send = async (request: Sendable, bytes: Blob) =>
    etags.push(await sendRequest(request, bytes, (loaded) => progress.push(loaded)));

  let parts: { part_number: number; etag: string }[] | undefined;
  if (upload.type === 'single') {
    await send(upload, file);
  } else {
    const { part_size, part_count } = upload;
    const part_numbers = Array.from({ length: part_count }, (_, i) => i + 1);
    const signed = await post(`/uploads/${file_id}/parts`, { part_numbers });
    for (const part of ((await signed.json()) as SignedParts).parts) {
      const end = part.part_number * part_size;
      await send(part, file.slice(end - part_size, end));
    }
    parts = part_numbers.map((part_number, i) => ({ part_number, etag: etags[i] ?? '' }));
  }
  const completed = await post(`/uploads/${file_id}/complete`, { parts });
  const { metadata } = (await completed.json()) as CreateFileResponse;
  const locations = [opened, completed].map(({ headers }) => headers.get('location'));
  return { fileId: metadata.file_id, locations, etags, progress };
};

type Sendable = Pick<SinglePlan, 'method' | 'url' | 'headers'>;

/** Sends a presigned request; answers with the ETag that the store gave, where it may be read. */
async function sendRequest(
  { method, url, headers }: Sendable,
  bytes: Blob,
  onProgress: (loaded: number) => void = () => {},
): Promise<string | null> {
  return await new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onerror = () => reject(new Error('The browser did not send it.'));
    request.onload = () =>
      request.status === 200
        ? resolve(request.getResponseHeader('etag'))
        : reject(new Error(request.responseText));
    request.send(bytes);
  });
}
window.sendRequest = sendRequest;
