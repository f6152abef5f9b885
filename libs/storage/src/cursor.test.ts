import type { AppError } from '@file-upload/shared-types';
import { decodeCursor, encodeCursor } from './cursor.ts';

const POSITION = {
  file_id: '019ab3c2-7e5d-7a41-9c3e-5d2f8b6a1e04',
  upload_time: '2026-11-23T10:20:30.123Z',
};
const CURSOR = encodeCursor(POSITION);

function decodedOrCode(cursor: string) {
  try {
    return decodeCursor(cursor);
  } catch (error) {
    return (error as AppError).code;
  }
}

test('a cursor leads back to its position', () => {
  expect(decodeCursor(CURSOR)).toEqual(POSITION);
});

test('a cursor needs no escaping in a URL', () => {
  expect(CURSOR).toMatch(/^[A-Za-z0-9_-]+$/);
});

test('a cursor with any of its characters changed is refused', () => {
  for (let at = 0; at < CURSOR.length; at++) {
    const changed = CURSOR.slice(0, at) + (CURSOR[at] === 'A' ? 'B' : 'A') + CURSOR.slice(at + 1);
    expect(decodedOrCode(changed)).toBe('INVALID_CURSOR');
  }
});

test.each(['', ' ', 'x', '😀', 'e30', CURSOR + CURSOR, `${CURSOR}=`, `${CURSOR}!`])(
  'the made-up cursor %j is refused',
  (cursor) => {
    expect(decodedOrCode(cursor)).toBe('INVALID_CURSOR');
  },
);
