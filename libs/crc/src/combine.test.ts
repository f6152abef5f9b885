import { randomBytes, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { combineCrcs, type Crc } from './combine.ts';
import { createCrc64Nvme, CRC64NVME } from './crc64nvme.ts';

const crc64Nvme = createCrc64Nvme();
const CRCS: [name: string, crc: Crc, of: (bytes: Buffer) => bigint][] = [
  ['CRC-32', { polynomial: 0xedb88320n, bits: 32 }, (bytes) => BigInt(crc32(bytes))],
  ['CRC-64/NVME', CRC64NVME, (bytes) => (crc64Nvme.update(bytes), crc64Nvme.take())],
];

test.each(CRCS)('is the %s of the whole, wherever it is cut', (_, crc, of) => {
  const bytes = randomBytes(100_000);
  const whole = of(bytes);
  for (const cut of [0, 1, 99_999, 100_000, ...Array.from({ length: 20 }, () => randomInt(1e5))]) {
    const [first, second] = [bytes.subarray(0, cut), bytes.subarray(cut)];
    expect([cut, combineCrcs(crc, of(first), of(second), second.length)]).toEqual([cut, whole]);
  }
});
