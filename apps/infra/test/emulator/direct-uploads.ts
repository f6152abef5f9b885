import type {
  CompleteUploadRequest,
  CreateFileResponse,
  MultipartPlan,
  OpenUploadRequest,
  Problem,
  SignedPart,
  SignedParts,
  SinglePlan,
  OpenedUpload,
  UploadState,
} from '@file-upload/shared-types';
import type { Service } from './service.ts';

/** What was answered, by its status and what the body says. */
export interface Answer<T> {
  status: number;
  body: T & Partial<Problem>;
}

/** Direct uploads to a deployed service: what a client does, request by request. */
export function directUploads(service: Service) {
  async function call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const answer = await service.request(path, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text && JSON.parse(text)) as T & Partial<Problem> };
  }
  return {
    async open<Plan extends SinglePlan | MultipartPlan>(request: OpenUploadRequest) {
      const { status, body } = await call<OpenedUpload>('POST', '/uploads', request);
      expect([status, body.code]).toEqual([201, undefined]);
      return { ...body, upload: body.upload as Plan };
    },
    state: (id: string) => call<UploadState>('GET', `/uploads/${id}`),
    sign: async (id: string, part_numbers: number[]) =>
      (await call<SignedParts>('POST', `/uploads/${id}/parts`, { part_numbers })).body.parts,
    complete: (id: string, request?: CompleteUploadRequest) =>
      call<CreateFileResponse>('POST', `/uploads/${id}/complete`, request),
    abort: (id: string) => call<null>('DELETE', `/uploads/${id}`),
  };
}

/** Sends a presigned request, with these bytes and with changed headers where there are any. */
export async function send(
  { method, url, headers }: SinglePlan | SignedPart,
  body: Uint8Array<ArrayBuffer>,
  changed: Record<string, string> = {},
): Promise<Response> {
  return await fetch(url, { method, headers: { ...headers, ...changed }, body });
}
