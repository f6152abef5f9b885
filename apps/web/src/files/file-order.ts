import type { FileMetadata } from '@file-upload/api-client';

type Status = FileMetadata['validation_status'];

/** How far a file has come: what is told late must not take it back. */
const PROGRESS: Record<Status, number> = { PENDING: 0, UPLOADED: 1, VALID: 2, INVALID: 2 };

/** Whether nothing more is to be expected of a file. */
export function isSettled({ validation_status }: FileMetadata): boolean {
  return PROGRESS[validation_status] === PROGRESS.VALID;
}

/** The files with what is newly known of some, newest first. Each file is there once. */
export function mergeFiles(known: FileMetadata[], incoming: FileMetadata[]): FileMetadata[] {
  const files = new Map(known.map((file) => [file.file_id, file]));
  for (const file of incoming) {
    const before = files.get(file.file_id);
    if (before && progressOf(before) > progressOf(file)) continue;
    files.set(file.file_id, file);
  }
  return [...files.values()].sort(
    (a, b) => compare(b.upload_time, a.upload_time) || compare(b.file_id, a.file_id),
  );
}

function progressOf({ validation_status }: FileMetadata): number {
  return PROGRESS[validation_status];
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
