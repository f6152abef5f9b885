import type { Static } from 'typebox';
import type {
  UppyFile,
  UppyForm,
  UppyParts,
  UppyPartUrl,
  UppyUpload,
} from '@file-upload/shared-types';
import { uploadClient } from './upload-client.ts';

/** A part as Uppy names it. */
export interface NamedPart {
  PartNumber: number;
  ETag: string;
}
type Named = Pick<Static<typeof UppyUpload>, 'key' | 'uploadId'>;
type Refusal = { code?: string; message?: string };

/** What Uppy's uploader asks of a service, request by request. @param base such as `/u/{token}` */
export function uppyClient(url: () => string, base = '') {
  const { call } = uploadClient(url);
  const of = ({ uploadId, key }: Named, path = '') =>
    `${base}/s3/multipart/${encodeURIComponent(uploadId)}${path}?${new URLSearchParams({ key }).toString()}`;
  return {
    call,
    params: (query: Record<string, string>) =>
      call<UppyForm & Refusal>('GET', `${base}/s3/params?${new URLSearchParams(query).toString()}`),
    open: (body: object) =>
      call<Static<typeof UppyUpload> & Refusal>('POST', `${base}/s3/multipart`, body),
    sign: (upload: Named, number: number | string) =>
      call<Static<typeof UppyPartUrl> & Refusal>('GET', of(upload, `/${number}`)),
    batch: (upload: Named, numbers: string) =>
      call<{ presignedUrls: Record<string, string> } & Refusal>(
        'GET',
        `${of(upload, '/batch')}&partNumbers=${numbers}`,
      ),
    list: (upload: Named) => call<Static<typeof UppyParts> & Refusal>('GET', of(upload)),
    complete: (upload: Named, parts: unknown) =>
      call<Static<typeof UppyFile> & Refusal>('POST', of(upload, '/complete'), { parts }),
    abort: (upload: Named) => call<Refusal>('DELETE', of(upload)),

    /** Sends a part. @returns what Uppy keeps of it: the ETag without its quotes */
    async sendPart(
      upload: Named,
      number: number,
      bytes: Uint8Array<ArrayBuffer>,
    ): Promise<NamedPart> {
      const { body } = await this.sign(upload, number);
      const answer = await fetch(body.url, { method: 'PUT', body: bytes });
      expect(answer.status).toBe(200);
      return { PartNumber: number, ETag: (answer.headers.get('etag') ?? '').replaceAll('"', '') };
    },
  };
}

/** Posts a form as Uppy does: the fields as they come, then the file. */
export async function post(
  { url, fields }: Pick<UppyForm, 'url' | 'fields'>,
  bytes: Uint8Array<ArrayBuffer> | string,
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([bytes]), 'blob');
  return await fetch(url, { method: 'POST', body: form });
}

/** The id of the file that a key is for. */
export function fileIdOf(key: string): string {
  return key.split('/', 1)[0] ?? '';
}
