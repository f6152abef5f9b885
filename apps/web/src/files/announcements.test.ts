import { fileOf } from '../../test/file-metadata.ts';
import { changesToTell, tellTogether } from './announcements.ts';

const settled = (fileId: string, validation_status: 'VALID' | 'INVALID' = 'VALID') =>
  fileOf(fileId, { validation_status });

test('tells what has become of a file, and why', () => {
  expect(changesToTell([fileOf('a')], [settled('a')])).toBe('a.txt is ready.');
  const validation_error = { code: 'SIZE_MISMATCH', message: 'It is too short.' } as const;
  const rejected = fileOf('a', { validation_status: 'INVALID', validation_error });
  expect(changesToTell([fileOf('a')], [rejected])).toBe('a.txt was rejected. It is too short.');
  expect(changesToTell([fileOf('a', { validation_status: 'PENDING' })], [fileOf('a')])).toBe(
    'a.txt has arrived.',
  );
});

test('tells nothing of what is new, gone or the same', () => {
  expect(changesToTell([fileOf('a'), fileOf('b')], [fileOf('a'), settled('c')])).toBe('');
});

test('counts, where there would be too much to listen to', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const before = ids.map((id) => fileOf(id));
  expect(
    changesToTell(
      before,
      ids.map((id) => settled(id)),
    ),
  ).toBe('4 files were checked.');
  expect(changesToTell(before, [settled('a'), settled('b')])).toBe(
    'a.txt is ready. b.txt is ready.',
  );
});

test('tells several things as one, and no more of them than one can listen to', () => {
  expect(tellTogether(['a is ready.', 'b is ready.'])).toBe('a is ready. b is ready.');
  expect(tellTogether(['1.', '2.', '3.', '4.', '5.'])).toBe('1. 2. 3. And 2 more.');
});
