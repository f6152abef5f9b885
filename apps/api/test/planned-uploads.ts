import { randomBytes, randomUUID } from 'node:crypto';
import type { CreateFileResponse } from '@file-upload/shared-types';
import { formOf } from './service.ts';

const KIB = 1024;
const MIB = 1024 ** 2;
const SAMPLE = randomBytes(24 * MIB);

/** A file to be uploaded, known by its name, which no other has. */
export interface PlannedUpload {
  name: string;
  contentType: string;
  bytes: Buffer<ArrayBuffer>;
  how: 'json' | 'form';
  idempotencyKey: string | undefined;
}

/**
 * Files small and large, half of them with an idempotency key. The large ones go to the store in
 * several parts.
 *
 * @param random numbers from 0 to 1
 */
export function planUploads(count: number, random: () => number): PlannedUpload[] {
  const upTo = (max: number) => Math.floor(random() * max);
  return Array.from({ length: count }, (_, i) => {
    const kind = random();
    const size =
      kind < 0.5 ? upTo(24 * KIB) : kind < 0.92 ? upTo(300 * KIB) : (10 + upTo(10)) * MIB + 99_999;
    const start = upTo(SAMPLE.length - size);
    return {
      name: `file ${i}.bin`,
      contentType: 'application/octet-stream',
      bytes: SAMPLE.subarray(start, start + size),
      how: kind < 0.5 ? 'json' : 'form',
      idempotencyKey: random() < 0.5 ? randomUUID() : undefined,
    };
  });
}

/**
 * Sends a file.
 *
 * @returns what the service answered; undefined where the connection broke before
 */
export async function send(
  url: string,
  { name, contentType, bytes, how, idempotencyKey }: PlannedUpload,
): Promise<CreateFileResponse | undefined> {
  const headers: Record<string, string> = {
    ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
  };
  const body =
    how === 'form'
      ? formOf(bytes, name)
      : JSON.stringify({
          file_name: name,
          content_type: contentType,
          file_content: bytes.toString('base64'),
        });
  if (how === 'json') headers['content-type'] = 'application/json';
  let answer: { status: number; text: string };
  try {
    const response = await fetch(`${url}/files`, { method: 'POST', headers, body });
    answer = { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
  if (answer.status !== 201) throw new Error(`${name}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text) as CreateFileResponse;
}
