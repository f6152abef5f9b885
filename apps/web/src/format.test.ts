import { formatBytes, formatDuration } from './format.ts';

const inOneLine = (text: string) => text.replaceAll(' ', '\u00a0');

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KB'],
  [1536, '1.5 KB'],
  [10 * 1024, '10 KB'],
  [1024 ** 2 - 1, '1.0 MB'],
  [150 * 1024 ** 2, '150 MB'],
  [5 * 1024 ** 3, '5.0 GB'],
  [48.8 * 1024 ** 4, '49 TB'],
  [5000 * 1024 ** 4, '5000 TB'],
])('writes %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(inOneLine(text));
});

test.each([
  [0, '1 s'],
  [0.2, '1 s'],
  [59.5, '1 min 0 s'],
  [61, '1 min 1 s'],
  [3600, '1 h 0 min'],
  [90_061, '25 h 1 min'],
])('writes %d seconds as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(inOneLine(text));
});
