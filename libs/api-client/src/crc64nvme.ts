import { createCRC64 } from 'hash-wasm';

/** CRC-64/NVME: a reflected polynomial, in hexadecimal. */
const POLYNOMIAL = '9a6c9329ac4bc9b5';

/** A checksum that is used for one run of bytes after the other. */
export interface RunningCrc {
  update(bytes: Uint8Array): void;
  /** The CRC of the bytes since the last call. */
  take(): bigint;
}

export async function createCrc(): Promise<RunningCrc> {
  const hasher = await createCRC64(POLYNOMIAL);
  hasher.init();
  return {
    update: (bytes) => void hasher.update(bytes),
    take() {
      const digest = hasher.digest('binary');
      hasher.init();
      return new DataView(digest.buffer, digest.byteOffset).getBigUint64(0);
    },
  };
}

/** The CRC64NVME of bytes in base64. */
export async function crcOf(bytes: Uint8Array): Promise<string> {
  const crc = await createCrc();
  crc.update(bytes);
  return toBase64(crc.take());
}

/** As S3 writes it: base64 of the big-endian bytes. */
export function toBase64(crc: bigint): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, crc);
  return btoa(String.fromCharCode(...bytes));
}

/**
 * The CRC of runs of bytes in a row, from the CRC of each and its length in bytes. The storage library
 * has the like for its own CRCs: this package is published alone, and can import nothing of it.
 *
 * Appending n zero bits to a message is a linear map of its CRC, so the map for any length is had
 * by squaring the map for one bit (Mark Adler's `crc32_combine`, zlib).
 */
export function combineCrcs(runs: readonly { crc: bigint; length: number }[]): bigint {
  const maps = new Map<number, bigint[]>();
  return runs.reduce((whole, { crc, length }) => {
    const map = maps.get(length) ?? zeroBytes(length);
    maps.set(length, map);
    return apply(map, whole) ^ crc;
  }, 0n);
}

/** The columns of the matrix that appends `length` zero bytes to a message's CRC. */
function zeroBytes(length: number): bigint[] {
  let columns = Array.from({ length: 64 }, (_, bit) => 1n << BigInt(bit));
  // One zero bit: shift right, and subtract the polynomial when a bit falls out.
  let power = columns.map((_, bit) =>
    bit === 0 ? BigInt(`0x${POLYNOMIAL}`) : 1n << BigInt(bit - 1),
  );
  for (let zeroBits = BigInt(length) * 8n; zeroBits > 0n; zeroBits >>= 1n) {
    if (zeroBits & 1n) columns = columns.map((column) => apply(power, column));
    power = power.map((column) => apply(power, column));
  }
  return columns;
}

/** Multiplies a matrix over GF(2), given by its columns, with a vector of bits. */
function apply(columns: readonly bigint[], vector: bigint): bigint {
  let product = 0n;
  for (let bit = 0; vector > 0n; bit++, vector >>= 1n) {
    if (vector & 1n) product ^= columns[bit] ?? 0n;
  }
  return product;
}
