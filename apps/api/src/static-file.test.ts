import { chooseCoding } from './static-file.ts';

test.each([
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, deflate', 'gzip'],
  ['GZIP', 'gzip'],
  ['br;q=0, gzip;q=0.5', 'gzip'],
  ['br;q=0.1, gzip;q=1', 'br'],
  ['br; q=0.000, *', 'gzip'],
  ['*', 'br'],
  ['*;q=0', undefined],
  ['identity', undefined],
  ['gzip;q=0', undefined],
  ['brotli, gzipped', undefined],
  ['', undefined],
  [undefined, undefined],
])('answers a client that accepts %p with %p', (accepted, coding) => {
  expect(chooseCoding(accepted)).toBe(coding);
});
