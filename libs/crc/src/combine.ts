/** A reflected CRC: its polynomial without the highest term, the lowest in the highest bit. */
export interface Crc {
  polynomial: bigint;
  bits: number;
}

/**
 * The CRC of two runs of bytes in a row, from the CRC of each and the length of the second in bytes:
 * how S3 knows the CRC of a file in parts without reading the parts again.
 *
 * Appending n zero bits to a message is a linear map of its CRC, so the map for any length is had
 * by squaring the map for one bit (Mark Adler's `crc32_combine`, zlib).
 */
export function combineCrcs(crc: Crc, first: bigint, second: bigint, secondLength: number): bigint {
  return apply(zeroBytes(crc, secondLength), first) ^ second;
}

/** The parts of an upload have one length, so the last matrix of each polynomial is kept. */
const lastZeroBytes = new Map<bigint, { length: number; columns: bigint[] }>();

/** The columns of the matrix that appends `length` zero bytes to a message's CRC. */
function zeroBytes({ polynomial, bits }: Crc, length: number): bigint[] {
  const last = lastZeroBytes.get(polynomial);
  if (last?.length === length) return last.columns;

  let columns = Array.from({ length: bits }, (_, bit) => 1n << BigInt(bit));
  // One zero bit: shift right, and subtract the polynomial when a bit falls out.
  let power = columns.map((_, bit) => (bit === 0 ? polynomial : 1n << BigInt(bit - 1)));
  for (let zeroBits = BigInt(length) * 8n; zeroBits > 0n; zeroBits >>= 1n) {
    if (zeroBits & 1n) columns = columns.map((column) => apply(power, column));
    power = power.map((column) => apply(power, column));
  }
  lastZeroBytes.set(polynomial, { length, columns });
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
