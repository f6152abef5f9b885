import type { Client } from './generated/client/index.ts';
import { completeUpload, getUpload, openUpload, signParts } from './generated/sdk.gen.ts';
import type { FileMetadata, OpenUploadRequest, UploadState } from './generated/types.gen.ts';
import { call } from './upload-call.ts';
import { UploadError } from './upload-error.ts';
import type { ReadPart } from './upload-parts.ts';
import { createPersistence } from './upload-retry.ts';
import type { PresignedRequest } from './upload-request.ts';
import { send } from './upload-send.ts';

/** Where an upload stands. Without a plan, all of its bytes have arrived. */
type State = Pick<UploadState, 'file_id' | 'expires_at' | 'upload' | 'uploaded_parts'>;

/** An upload at the service. What its methods ask for is repeated until it succeeds. */
export interface Session extends State {
  /** @param onSent is told how many bytes of the part have been sent */
  send: (part: ReadPart, signal: AbortSignal, onSent: (bytes: number) => void) => Promise<void>;
  /** @param checksum CRC64NVME of the whole file in base64 */
  complete: (checksum: string | undefined) => Promise<FileMetadata>;
}

/** Opens an upload: one, also where an answer is lost and the service has to be asked again. */
export async function openSession(
  client: Client,
  signal: AbortSignal,
  body: OpenUploadRequest,
): Promise<Session> {
  const headers = { 'idempotency-key': randomKey() };
  const upload = await createPersistence()(signal, () =>
    call(signal, (options) => openUpload({ ...options, client, headers, body })),
  );
  return createSession(client, signal, { ...upload, uploaded_parts: [] });
}

/** Finds an upload that was opened before. @param size of the file in bytes */
export async function findSession(
  client: Client,
  signal: AbortSignal,
  file_id: string,
  size: number,
): Promise<Session> {
  const state = await createPersistence()(signal, () =>
    call(signal, (options) => getUpload({ ...options, client, path: { file_id } })),
  );
  const { file_size } = state.metadata;
  if (file_size !== size) {
    throw new UploadError(
      'SOURCE_CHANGED',
      `The file has ${size} bytes, and the upload was opened for one of ${file_size}.`,
    );
  }
  return createSession(client, signal, state);
}

function createSession(client: Client, signal: AbortSignal, state: State): Session {
  const persist = createPersistence();
  const { file_id, upload: plan } = state;
  const path = { file_id };

  async function signPart(
    signal: AbortSignal,
    { number, checksum }: ReadPart,
  ): Promise<PresignedRequest | undefined> {
    const body = { part_numbers: [number], ...(checksum && { checksums: [checksum] }) };
    const signed = await call(signal, (options) => signParts({ ...options, client, path, body }));
    return signed.parts[0];
  }

  /** @returns undefined where the bytes have arrived, and only the answer was lost */
  async function signWhole(signal: AbortSignal): Promise<PresignedRequest | undefined> {
    const now = await call(signal, (options) => getUpload({ ...options, client, path }));
    return now.upload?.type === 'single' ? now.upload : undefined;
  }

  return {
    ...state,

    async send(part, signal, onSent) {
      let fresh = plan?.type === 'single' ? plan : undefined;
      try {
        await persist(signal, async () => {
          // Each attempt has a request of its own: that of the last one may have expired.
          const request =
            fresh ??
            (plan?.type === 'multipart' ? await signPart(signal, part) : await signWhole(signal));
          fresh = undefined;
          if (request) await send(request, part.bytes, { signal, onSent });
        });
      } catch (error) {
        // By somebody else; whether it is this file shows when it is completed.
        if (!(error instanceof UploadError && error.code === 'UPLOAD_FINISHED')) throw error;
      }
      onSent(part.bytes.byteLength);
    },

    async complete(value) {
      const body =
        value === undefined ? {} : { checksum: { algorithm: 'CRC64NVME' as const, value } };
      const { metadata } = await persist(signal, () =>
        call(signal, (options) => completeUpload({ ...options, client, path, body })),
      );
      return metadata;
    },
  };
}

/** `crypto.randomUUID` is not there on pages that came without TLS. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
