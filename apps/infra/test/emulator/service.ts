import type {
  CreateFileRequest,
  CreateFileResponse,
  FileHistory,
  FileMetadata,
  Visibility,
} from '@file-upload/shared-types';

export interface Upload {
  name: string;
  type: string;
  visibility?: Visibility;
}

/** The deployed service, as its callers see it. */
export class Service {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async uploadForm(bytes: Uint8Array, { name, type, visibility }: Upload): Promise<FileMetadata> {
    const body = new FormData();
    if (visibility) body.set('visibility', visibility);
    body.set('file', new File([Uint8Array.from(bytes)], name, { type }));
    return this.#upload({ body });
  }

  async uploadJson(bytes: Uint8Array, { name, type, visibility }: Upload): Promise<FileMetadata> {
    const request: CreateFileRequest = {
      file_content: Buffer.from(bytes).toString('base64'),
      file_name: name,
      content_type: type,
      ...(visibility && { visibility }),
    };
    return this.#upload({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
  }

  async #upload(request: RequestInit): Promise<FileMetadata> {
    const response = await this.request('/files', { method: 'POST', ...request });
    if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
    return ((await response.json()) as CreateFileResponse).metadata;
  }

  async describe(fileId: string): Promise<FileMetadata> {
    return (await (await this.request(`/files/${fileId}`)).json()) as FileMetadata;
  }

  async history(fileId: string): Promise<FileHistory['history']> {
    const response = await this.request(`/files/${fileId}/history`);
    return ((await response.json()) as FileHistory).history;
  }

  request(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.url + path, { redirect: 'manual', ...init });
  }
}
