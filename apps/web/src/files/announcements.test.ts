import { fileOf } from '../../test/file-metadata.ts';
import { changesToTell, tellTogether, type Announcement } from './announcements.ts';

const settled = (fileId: string, validation_status: 'VALID' | 'INVALID' = 'VALID') =>
  fileOf(fileId, { validation_status });
const textsOf = (announcements: Announcement[]) => announcements.map(({ text }) => text).join(' ');

test('tells what has become of a file, and why', () => {
  expect(textsOf(changesToTell([fileOf('a')], [settled('a')]))).toBe('a.txt is ready.');
  const validation_error = { code: 'SIZE_MISMATCH', message: 'It is too short.' } as const;
  const rejected = fileOf('a', { validation_status: 'INVALID', validation_error });
  expect(changesToTell([fileOf('a')], [rejected])).toEqual([
    { text: 'a.txt was rejected. It is too short.', isUrgent: true },
  ]);
  const pending = fileOf('a', { validation_status: 'PENDING' });
  expect(textsOf(changesToTell([pending], [fileOf('a')]))).toBe('a.txt has arrived.');
});

test('tells nothing of what is new, gone or the same', () => {
  expect(changesToTell([fileOf('a'), fileOf('b')], [fileOf('a'), settled('c')])).toEqual([]);
});

test('counts, where there would be too much to listen to', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const before = [...ids, 'bad'].map((id) => fileOf(id));
  const all = ids.map((id) => settled(id));
  expect(textsOf(changesToTell(before, all))).toBe('4 files were checked.');
  expect(textsOf(changesToTell(before, all.slice(0, 2)))).toBe('a.txt is ready. b.txt is ready.');
  expect(textsOf(changesToTell(before, [...all, settled('bad', 'INVALID')]))).toBe(
    'bad.txt was rejected. 4 files were checked.',
  );
});

test('tells several things as one, and no more of them than one can listen to', () => {
  const of = (...texts: string[]) => texts.map((text) => ({ text }));
  expect(tellTogether(of('a is ready.', 'b is ready.'))).toBe('a is ready. b is ready.');
  expect(tellTogether(of('1.', '2.', '3.', '4.', '5.'))).toBe('1. 2. 3. And 2 more.');
});

test('tells first, and always, what went wrong', () => {
  const bad = ['a', 'b', 'c', 'd'].map((text) => ({ text, isUrgent: true }));
  expect(tellTogether([{ text: '1.' }, ...bad])).toBe('a b c d 1.');
});
