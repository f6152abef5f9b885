import type {
  CreateFileResponse,
  MultipartPlan,
  OpenUploadRequest,
  SignedParts,
  SinglePlan,
  OpenedUpload,
} from '@file-upload/shared-types';
import { json } from './service.ts';

/** A presigned request, as the service answers it. */
export interface Sendable {
  method: string;
  url: string;
  headers: Record<string, string>;
}

/** An answer with what its body says. */
export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** What a client does with the uploads of a service: HTTP and nothing else. */
export function uploadClient(url: () => string) {
  async function call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${url()}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { status, headers: answered } = response;
    return { status, headers: answered, body: (status === 204 ? null : await json(response)) as T };
  }

  return {
    call,
    open: (body: OpenUploadRequest, headers?: Record<string, string>) =>
      call<OpenedUpload & { code?: string }>('POST', '/uploads', body, headers),

    /** Opens an upload that goes in one request. */
    async openSingle(body: OpenUploadRequest) {
      const { status, body: opened } = await call<OpenedUpload>('POST', '/uploads', body);
      expect({ status, type: opened.upload.type }).toEqual({ status: 201, type: 'single' });
      return { file_id: opened.file_id, request: opened.upload as SinglePlan };
    },

    /** Opens an upload that goes in parts. */
    async openParts(body: OpenUploadRequest, headers?: Record<string, string>) {
      const { status, body: opened } = await call<OpenedUpload>('POST', '/uploads', body, headers);
      expect({ status, type: opened.upload.type }).toEqual({ status: 201, type: 'multipart' });
      return { file_id: opened.file_id, plan: opened.upload as MultipartPlan };
    },

    async sign(fileId: string, part_numbers: number[], checksums?: string[]) {
      const path = `/uploads/${fileId}/parts`;
      const answer = await call<SignedParts>('POST', path, { part_numbers, checksums });
      expect(answer.status).toBe(200);
      return answer.body.parts;
    },

    complete: (fileId: string, body?: unknown) =>
      call<CreateFileResponse & { code?: string }>('POST', `/uploads/${fileId}/complete`, body),

    abort: (fileId: string) => call<{ code?: string } | null>('DELETE', `/uploads/${fileId}`),
  };
}

/** Sends a presigned request as a browser does, with these bytes. */
export async function send(
  { method, url, headers }: Sendable,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  return await fetch(url, { method, headers, body: bytes });
}

/** Part `number` of `bytes`. */
export function partOf(bytes: Buffer<ArrayBuffer>, { part_size }: MultipartPlan, number: number) {
  return bytes.subarray((number - 1) * part_size, number * part_size);
}
