import { progressWords, type ProgressFacts } from './progress-words.ts';

const facts: ProgressFacts = {
  files: 1,
  filesSent: 0,
  bytes: 2048,
  bytesSent: 1024,
  rate: 512,
  isOnline: true,
  isStalled: false,
};

const wordsOf = (told: ProgressFacts) => progressWords(told).replaceAll('\u00a0', ' ');

test('tells how far it is, how fast, and how long it takes', () => {
  expect(wordsOf(facts)).toBe('1.0 KB of 2.0 KB · 512 B/s · 2 s left');
  expect(wordsOf({ ...facts, files: 3, filesSent: 2, rate: undefined })).toBe(
    '2 of 3 files · 1.0 KB of 2.0 KB',
  );
});

test('tells what it waits for rather than a time that means nothing', () => {
  expect(wordsOf({ ...facts, isOnline: false })).toBe(
    '1.0 KB of 2.0 KB · No connection. It goes on by itself when you are back.',
  );
  expect(wordsOf({ ...facts, isStalled: true })).toBe(
    '1.0 KB of 2.0 KB · No answer. It goes on by itself when the service is back.',
  );
});

test('tells that the last answer is still to come, unless there is no connection for it', () => {
  const sent = { ...facts, bytesSent: 2048 };
  expect(wordsOf({ ...sent, isStalled: true })).toBe('2.0 KB of 2.0 KB · Finishing…');
  expect(wordsOf({ ...sent, isOnline: false })).toMatch(/No connection/);
});
