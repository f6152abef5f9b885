import { randomBytes, randomUUID } from 'node:crypto';
import type { CreateFileResponse, RejectionCode } from '@file-upload/shared-types';
import { formOf } from './service.ts';

const KIB = 1024;
const MIB = 1024 ** 2;
const SAMPLE = randomBytes(24 * MIB);

/** The start of a picture, and of a chunk of it that is longer than any file here. */
const START_OF_PNG = Buffer.from(
  '89504e470d0a1a0a' + // signature
    '0000000d49484452000000010000000108060000001f15c489' + // 1 x 1 pixels
    '7fffffff49444154',
  'hex',
);
const START_OF_HTML = Buffer.from('<!DOCTYPE html><html><body><p>Not a picture.</p>');

/** How a file can be wrong: how it starts, what it is declared as, and what it is rejected with. */
const DEFECTS: { start: Buffer; contentType: string; rejection: RejectionCode }[] = [
  { start: START_OF_HTML, contentType: 'image/png', rejection: 'CONTENT_TYPE_MISMATCH' },
  { start: START_OF_PNG, contentType: 'application/pdf', rejection: 'CONTENT_TYPE_MISMATCH' },
  { start: START_OF_PNG, contentType: 'image/png', rejection: 'CONTENT_TRUNCATED' },
];
/** One in so many files is wrong. */
const DEFECT_EVERY = 4;

/** A file to be uploaded, known by its name, which no other has. */
export interface PlannedUpload {
  name: string;
  contentType: string;
  bytes: Buffer<ArrayBuffer>;
  how: 'json' | 'form';
  idempotencyKey: string | undefined;
  /** What the workflow rejects it with; undefined where it is to become VALID. */
  rejection: RejectionCode | undefined;
}

/**
 * Files small and large, half of them with an idempotency key. The large ones go to the store in
 * several parts. A quarter of them, of all sizes, are not what they are declared as.
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
    const sample = SAMPLE.subarray(start, start + size);
    const defect =
      i % DEFECT_EVERY === 0 ? DEFECTS[(i / DEFECT_EVERY) % DEFECTS.length] : undefined;
    return {
      name: `file ${i}.bin`,
      contentType: defect?.contentType ?? 'application/octet-stream',
      bytes: defect ? Buffer.concat([defect.start, sample]) : sample,
      rejection: defect?.rejection,
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
      ? formOf(bytes, name, { content_type: contentType })
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
