import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Checksum, ChecksumAlgorithm, HistoryEntry } from '@file-upload/shared-types';
import {
  checksumOf,
  type FileRow,
  type MultipartUpload,
  type NewObject,
  type ObjectStore,
  type StoredFileRow,
} from '../src/index.ts';

export const MIB = 1024 ** 2;

/** An object under a key that nobody else uses. */
export function newObject(changes: Partial<NewObject> = {}): NewObject {
  return {
    key: `${randomUUID()}/holiday.jpg`,
    contentType: 'image/jpeg',
    description: {
      fileName: 'holiday.jpg',
      owner: 'ada',
      visibility: 'private',
      uploadTime: '2026-11-23T10:20:30.123Z',
      declaredChecksum: undefined,
    },
    ...changes,
  };
}

/** The row of a file that is stored, with an id that nobody else uses. */
export function newRow(changes: Partial<StoredFileRow> = {}): StoredFileRow {
  const file_id = randomUUID();
  return {
    file_id,
    file_name: 'holiday.jpg',
    content_type: 'image/jpeg',
    file_size: 9,
    s3_key: `${file_id}/holiday.jpg`,
    upload_time: '2026-11-23T10:20:30.123Z',
    validation_status: 'UPLOADED',
    checksum: { algorithm: 'CRC64NVME', value: 'rosUhgp5mIg=' },
    visibility: 'private',
    owner: 'ada',
    ...changes,
  };
}

/** That many seconds from now, in seconds since 1970. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

/** `row` as it is once it was recorded. */
export function recorded<Row extends FileRow>(row: Row): Row {
  return { ...row, history: [happened('received')] };
}

/** An entry of a history, at any time. */
export function happened(
  event: HistoryEntry['event'],
  what: Omit<HistoryEntry, 'time' | 'event'> = {},
): HistoryEntry {
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
  return { time, event, ...what };
}

/** A row that reserves the id of `row` until `expires_at`. */
export function pending(row: FileRow, expires_at: number): FileRow {
  return { ...row, validation_status: 'PENDING', expires_at };
}

export async function checksum(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Promise<Checksum> {
  return { algorithm, value: await checksumOf(algorithm, bytes) };
}

/** A stream of `bytes` in chunks of `chunkSize`. */
export async function* streamOf(
  bytes: Uint8Array,
  chunkSize = 65_536,
): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.byteLength; at += chunkSize) {
    yield await Promise.resolve(bytes.subarray(at, at + chunkSize));
  }
}

export async function contentOf(objects: ObjectStore, key: string): Promise<Buffer> {
  return await buffer((await objects.get(key)).body);
}

/** Fails, without printing megabytes, unless the object has exactly these bytes. */
export async function expectContent(
  objects: ObjectStore,
  key: string,
  bytes: Uint8Array,
): Promise<void> {
  expect((await contentOf(objects, key)).equals(bytes)).toBe(true);
}

/** Fails unless neither an object nor an upload is left under the key. */
export async function expectNothing(objects: ObjectStore, key: string): Promise<void> {
  expect(await objects.head(key)).toBeUndefined();
  expect(await uploadsOf(objects, key)).toEqual([]);
}

export async function uploadsOf(objects: ObjectStore, key: string): Promise<MultipartUpload[]> {
  return await objects.multipart.list(key);
}
