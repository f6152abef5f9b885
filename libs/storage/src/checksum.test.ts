import { randomBytes } from 'node:crypto';
import { checksumOf, combineCrc, createChecksum, type S3ChecksumAlgorithm } from './checksum.ts';

const CHECK = Buffer.from('123456789');

/** The published check values of each algorithm for the ASCII text `123456789`. */
const PUBLISHED: [S3ChecksumAlgorithm, string][] = [
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
  ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
];

test.each(PUBLISHED)('%s gives the published check value', async (algorithm, hex) => {
  expect(await checksumOf(algorithm, CHECK)).toBe(Buffer.from(hex, 'hex').toString('base64'));
});

test.each(PUBLISHED)('%s does not depend on how the bytes are cut', async (algorithm) => {
  const checksum = await createChecksum(algorithm);
  for (const byte of CHECK) checksum.update(Uint8Array.of(byte));
  expect(checksum.digest()).toBe(await checksumOf(algorithm, CHECK));
});

test('two running checksums do not disturb each other', async () => {
  const [a, b] = await Promise.all([createChecksum('CRC64NVME'), createChecksum('CRC64NVME')]);
  a.update(CHECK.subarray(0, 4));
  b.update(randomBytes(100));
  a.update(CHECK.subarray(4));
  expect(a.digest()).toBe(await checksumOf('CRC64NVME', CHECK));
});

describe.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)('combining %s', (algorithm) => {
  test.each([0, 1, 7, 4096, 1_000_003])(
    'gives the CRC of the whole when the second run has %d bytes',
    async (length) => {
      const first = randomBytes(12_345);
      const second = randomBytes(length);
      expect(
        combineCrc(
          algorithm,
          await checksumOf(algorithm, first),
          await checksumOf(algorithm, second),
          length,
        ),
      ).toBe(await checksumOf(algorithm, Buffer.concat([first, second])));
    },
  );
});
