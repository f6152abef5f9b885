import { panelWords } from './panel-words.ts';

const none = { files: 2, sent: 0, failed: 0 };

test('leaves the words to Uppy as long as all goes well', () => {
  expect(panelWords(none)).toEqual({});
});

test('does not say of a failed file that it is on its way', () => {
  const titleOf = (counts: Partial<typeof none>) =>
    panelWords({ ...none, ...counts }).uploadingXFiles;
  expect(titleOf({ failed: 1 })).toHaveProperty('0', 'Uploading 1, 1 failed');
  expect(titleOf({ failed: 1, sent: 1 })).toHaveProperty('0', '1 of 2 files failed');
  expect(titleOf({ failed: 1, files: 1 })).toHaveProperty('1', '1 of 1 file failed');
  expect(panelWords({ ...none, failed: 2 }).error).toBe('2 of 2 files failed');
});
