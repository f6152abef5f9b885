import { randomBytes, randomInt } from 'node:crypto';
import { createCRC64 } from 'hash-wasm';
import { CRC64NVME, createCrc64Nvme, DISTANCES, PIECE } from './crc64nvme.ts';

/** Another implementation, to compare with. */
const hasher = await createCRC64(CRC64NVME.polynomial.toString(16));

function expected(bytes: Uint8Array): bigint {
  hasher.init();
  hasher.update(bytes);
  return BigInt(`0x${hasher.digest()}`);
}

function crcOf(bytes: Uint8Array): bigint {
  const crc = createCrc64Nvme();
  crc.update(bytes);
  return crc.take();
}

test('is the CRC-64/NVME of its catalogue', () => {
  // https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-nvme
  expect(crcOf(Buffer.from('123456789'))).toBe(0xae8b14860a799888n);
  expect(crcOf(new Uint8Array())).toBe(0n);
});

test('spreads bytes by a multiple of its polynomial', () => {
  const [reach] = DISTANCES;
  const exponents = [reach, ...DISTANCES.map((distance) => reach - distance)];
  // x^0 is the highest bit, and each shift a multiplication by x.
  const powers = new Map<number, bigint>();
  let power = 1n << 63n;
  for (let byte = 0; byte <= reach; byte++) {
    powers.set(byte, power);
    for (let bit = 0; bit < 8; bit++)
      power = (power >> 1n) ^ (power & 1n ? CRC64NVME.polynomial : 0n);
  }
  expect(exponents.reduce((sum, exponent) => sum ^ powers.get(exponent)!, 0n)).toBe(0n);
});

test('is that of another implementation for every short length', () => {
  const bytes = randomBytes(5_000);
  for (let length = 0; length <= bytes.length; length += length < 300 ? 1 : 31) {
    const some = bytes.subarray(0, length);
    expect([length, crcOf(some)]).toEqual([length, expected(some)]);
  }
});

test.each([65_536, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 1_000_003, 9 * 1024 ** 2])(
  'is that of another implementation for %d bytes at once',
  (length) => {
    const bytes = randomBytes(length);
    expect(crcOf(bytes)).toBe(expected(bytes));
  },
);

test('does not depend on where the bytes are, nor on how they are cut', () => {
  const crc = createCrc64Nvme();
  for (let round = 0; round < 100; round++) {
    const memory = randomBytes(randomInt(400_000));
    const bytes = memory.subarray(randomInt(40));
    const most = [3, 50, 3_000, 300_000][round % 4]!;
    const some = bytes.subarray(0, most * 200);
    for (let at = 0; at < some.length;) {
      const piece = some.subarray(at, at + randomInt(1, most + 1));
      crc.update(piece);
      at += piece.length;
    }
    expect(crc.take()).toBe(expected(some));
  }
});

test('shows that a bit is flipped, wherever it is', () => {
  const bytes = randomBytes(7_000);
  const right = crcOf(bytes);
  for (let at = 0; at < bytes.length; at += 13) {
    bytes[at]! ^= 1 << (at % 8);
    expect([at, crcOf(bytes)]).not.toEqual([at, right]);
    bytes[at]! ^= 1 << (at % 8);
  }
});

test('begins anew after it was taken', () => {
  const crc = createCrc64Nvme();
  crc.update(randomBytes(10_000));
  crc.take();
  expect(crc.take()).toBe(0n);
});

test('is not disturbed by another that runs at the same time', () => {
  const files = Array.from({ length: 5 }, () => randomBytes(100_000));
  const running = files.map(() => createCrc64Nvme());
  for (let at = 0; at < 100_000; at += 700) {
    running.forEach((crc, i) => crc.update(files[i]!.subarray(at, at + 700)));
    expect(crcOf(files[0]!.subarray(0, at))).toBe(expected(files[0]!.subarray(0, at)));
  }
  expect(running.map((crc) => crc.take())).toEqual(files.map(expected));
});
