import { LIMITS, type AppError } from '@file-upload/shared-types';
import { cutFile, sizeOfPart } from './upload-plan.ts';

const MIB = 1024 ** 2;
const MOST = LIMITS.maxParts * LIMITS.maxPartBytes;

/** The code that it fails with. */
function codeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return (error as AppError).code;
  }
}
const SHA256 = { algorithm: 'SHA256', value: `${'A'.repeat(43)}=` } as const;

test.each([0, 1, LIMITS.singleUploadBytes])('a file of %i bytes goes in one request', (size) => {
  expect(cutFile(size, undefined)).toEqual({ type: 'single' });
});

test.each([
  LIMITS.singleUploadBytes + 1,
  3 * LIMITS.defaultPartBytes,
  LIMITS.maxParts * LIMITS.defaultPartBytes,
  LIMITS.maxParts * LIMITS.defaultPartBytes + 1,
  5 * 1024 ** 4,
  MOST - 1,
  MOST,
])('a file of %i bytes goes in parts that S3 takes, and that are all of it', (size) => {
  const cut = cutFile(size, undefined);
  if (cut.type !== 'multipart') throw new Error('It goes in parts.');
  const { part_size, part_count } = cut;
  const last = sizeOfPart(size, cut, part_count);
  expect(part_size).toBeGreaterThanOrEqual(LIMITS.minPartBytes);
  expect(part_size).toBeLessThanOrEqual(LIMITS.maxPartBytes);
  expect(part_size % MIB).toBe(0);
  expect(part_count).toBeLessThanOrEqual(LIMITS.maxParts);
  expect(last).toBeGreaterThan(0);
  expect(last).toBeLessThanOrEqual(part_size);
  expect(sizeOfPart(size, cut, 1) * (part_count - 1) + last).toBe(size);
});

test('a file of more bytes than fit into the largest parts is refused', () => {
  expect(codeOf(() => cutFile(MOST + 1, undefined))).toBe('FILE_TOO_LARGE');
});

test('a file with a SHA-256 goes in one request, as long as S3 takes it so', () => {
  expect(cutFile(LIMITS.singlePutBytes, SHA256)).toEqual({ type: 'single' });
  expect(codeOf(() => cutFile(LIMITS.singlePutBytes + 1, SHA256))).toBe('CHECKSUM_NOT_SUPPORTED');
});
