import { createHash } from 'node:crypto';
import { AppError } from '@file-upload/shared-types';

/** Where a page of an owner's listing ended. */
export interface Position {
  file_id: string;
  upload_time: string;
}

/**
 * A position as opaque text. It names no owner: the caller's own is always put in its place, so a
 * forged cursor reaches nothing that an honest one would not. The digest only tells a cursor that
 * was damaged or made up from one that this service gave.
 */
export function encodeCursor({ file_id, upload_time }: Position): string {
  const text = `${upload_time} ${file_id}`;
  return Buffer.from(`${digest(text)} ${text}`).toString('base64url');
}

/** @throws INVALID_CURSOR */
export function decodeCursor(cursor: string): Position {
  const [, upload_time = '', file_id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const position = { file_id, upload_time };
  if (cursor !== encodeCursor(position)) {
    throw new AppError(
      'INVALID_CURSOR',
      'The cursor is not one that this service gave. Start again without a cursor.',
    );
  }
  return position;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 8);
}
