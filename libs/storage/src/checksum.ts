import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Checksum } from '@file-upload/shared-types';
import { createCRC32, createCRC64, type IHasher } from 'hash-wasm';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export const S3_CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type S3ChecksumAlgorithm = (typeof S3_CHECKSUM_ALGORITHMS)[number];

/** A checksum that grows with the bytes it is shown. `digest` is base64, as S3 writes it. */
export interface RunningChecksum {
  update(chunk: Uint8Array): void;
  digest(): string;
}

/** The reflected polynomials of S3's CRCs, and their widths in bits. */
const CRC = {
  CRC32: { polynomial: 0xedb88320n, bits: 32 },
  CRC32C: { polynomial: 0x82f63b78n, bits: 32 },
  CRC64NVME: { polynomial: 0x9a6c9329ac4bc9b5n, bits: 64 },
} as const;
export type CrcAlgorithm = keyof typeof CRC;

/** Starts a checksum of any size of input in constant memory. */
export async function createChecksum(algorithm: S3ChecksumAlgorithm): Promise<RunningChecksum> {
  if (algorithm === 'SHA1' || algorithm === 'SHA256') {
    const hash = createHash(algorithm.toLowerCase());
    return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest('base64') };
  }
  if (algorithm === 'CRC32') {
    let value = 0;
    return {
      update: (chunk) => void (value = crc32(chunk, value)),
      digest: () => encodeCrc(BigInt(value), 32),
    };
  }
  const idle = idleHashers[algorithm];
  const hasher = idle.pop() ?? (await createHasher(algorithm));
  hasher.init();
  let digest: string | undefined;
  return {
    update(chunk) {
      if (digest !== undefined) throw new Error('The checksum is finished.');
      hasher.update(chunk);
    },
    digest() {
      if (digest === undefined) {
        digest = Buffer.from(hasher.digest('binary')).toString('base64');
        idle.push(hasher);
      }
      return digest;
    },
  };
}

/**
 * Hashers that have finished, for the next checksums. Each is a WebAssembly instance with memory of
 * its own, which takes longer to make than the checksum of a small file. There are never more of
 * them than checksums that ran at one time.
 */
const idleHashers: Record<'CRC32C' | 'CRC64NVME', IHasher[]> = { CRC32C: [], CRC64NVME: [] };

function createHasher(algorithm: 'CRC32C' | 'CRC64NVME'): Promise<IHasher> {
  return algorithm === 'CRC32C'
    ? createCRC32(Number(CRC.CRC32C.polynomial))
    : createCRC64(CRC.CRC64NVME.polynomial.toString(16));
}

/** The checksum of bytes that are in memory already, in base64. */
export async function checksumOf(
  algorithm: S3ChecksumAlgorithm,
  bytes: Uint8Array,
): Promise<string> {
  const checksum = await createChecksum(algorithm);
  checksum.update(bytes);
  return checksum.digest();
}

/**
 * The CRC of two runs of bytes in a row, from the CRC of each and the length of the second: how S3
 * knows the full-object CRC of a multipart upload without reading the parts again.
 *
 * Appending n zero bits to a message is a linear map of its CRC, so the map for any length is had
 * by squaring the map for one bit (Mark Adler's `crc32_combine`, zlib).
 *
 * @param first base64 CRC of the bytes before
 * @param second base64 CRC of the bytes after
 * @param secondLength how many bytes `second` covers
 */
export function combineCrc(
  algorithm: CrcAlgorithm,
  first: string,
  second: string,
  secondLength: number,
): string {
  const moved = applyMatrix(zeroBytes(algorithm, secondLength), decodeCrc(first));
  return encodeCrc(moved ^ decodeCrc(second), CRC[algorithm].bits);
}

/** The parts of an upload have one length, so the last matrix of each algorithm is kept. */
const lastZeroBytes = new Map<CrcAlgorithm, { length: number; columns: bigint[] }>();

/** The columns of the matrix that appends `length` zero bytes to a message's CRC. */
function zeroBytes(algorithm: CrcAlgorithm, length: number): bigint[] {
  const last = lastZeroBytes.get(algorithm);
  if (last?.length === length) return last.columns;

  const { polynomial, bits } = CRC[algorithm];
  let columns = Array.from({ length: bits }, (_, bit) => 1n << BigInt(bit));
  // One zero bit: shift right, and subtract the polynomial when a bit falls out.
  let power = columns.map((_, bit) => (bit === 0 ? polynomial : 1n << BigInt(bit - 1)));
  for (let zeroBits = BigInt(length) * 8n; zeroBits > 0n; zeroBits >>= 1n) {
    if (zeroBits & 1n) columns = columns.map((column) => applyMatrix(power, column));
    power = power.map((column) => applyMatrix(power, column));
  }
  lastZeroBytes.set(algorithm, { length, columns });
  return columns;
}

/** Multiplies a matrix over GF(2), given by its columns, with a vector of bits. */
function applyMatrix(columns: readonly bigint[], vector: bigint): bigint {
  let product = 0n;
  for (let bit = 0; vector > 0n; bit++, vector >>= 1n) {
    if (vector & 1n) product ^= columns[bit] ?? 0n;
  }
  return product;
}

function decodeCrc(base64: string): bigint {
  return BigInt(`0x${Buffer.from(base64, 'base64').toString('hex')}`);
}

function encodeCrc(value: bigint, bits: number): string {
  return Buffer.from(value.toString(16).padStart(bits / 4, '0'), 'hex').toString('base64');
}

/** The members of a PutObject request that make S3 verify a whole-file checksum. */
export function checksumHeader(checksum: Checksum) {
  return checksum.algorithm === 'SHA256'
    ? { ChecksumSHA256: checksum.value }
    : { ChecksumCRC64NVME: checksum.value };
}
