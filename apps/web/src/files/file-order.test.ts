import { fileOf } from '../../test/file-metadata.ts';
import { mergeFiles } from './file-order.ts';

const at = (minute: number) => ({ upload_time: `2026-11-23T12:0${minute}:00.000Z` });
const idsOf = (files: { file_id: string }[]) => files.map(({ file_id }) => file_id);

test('has the newest file first, wherever it came from', () => {
  const known = [fileOf('c', at(3)), fileOf('a', at(1))];
  expect(idsOf(mergeFiles(known, [fileOf('b', at(2)), fileOf('d', at(4))]))).toEqual([
    ...['d', 'c', 'b', 'a'],
  ]);
});

test('has the files of one moment in the order of their ids, as the service does', () => {
  expect(idsOf(mergeFiles([fileOf('a')], [fileOf('c'), fileOf('b')]))).toEqual(['c', 'b', 'a']);
});

test('has each file once, as it was told last', () => {
  const valid = fileOf('a', { validation_status: 'VALID' });
  expect(mergeFiles([fileOf('a')], [valid])).toEqual([valid]);
  const rejected = fileOf('a', { validation_status: 'INVALID' });
  expect(mergeFiles([valid], [rejected])).toEqual([rejected]);
});

test.each([
  ['VALID', 'UPLOADED'],
  ['INVALID', 'UPLOADED'],
  ['UPLOADED', 'PENDING'],
] as const)('is not taken back from %s to %s by an answer that comes late', (now, late) => {
  const known = [fileOf('a', { validation_status: now })];
  expect(mergeFiles(known, [fileOf('a', { validation_status: late })])).toEqual(known);
});
