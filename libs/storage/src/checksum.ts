import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Checksum } from '@file-upload/shared-types';
import { combineCrcs, createCrc64Nvme, CRC64NVME, type Crc } from '@file-upload/crc';
import type { IHasher } from 'hash-wasm';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export const S3_CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type S3ChecksumAlgorithm = (typeof S3_CHECKSUM_ALGORITHMS)[number];

/** A checksum that grows with the bytes it is shown. `digest` is base64, as S3 writes it. */
export interface RunningChecksum {
  update(chunk: Uint8Array): void;
  digest(): string;
}

const CRC = {
  CRC32: { polynomial: 0xedb88320n, bits: 32 },
  CRC32C: { polynomial: 0x82f63b78n, bits: 32 },
  CRC64NVME,
} as const satisfies Record<string, Crc>;
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
  return algorithm === 'CRC64NVME' ? startCrc64Nvme() : await startCrc32c();
}

function startCrc64Nvme(): RunningChecksum {
  const crc = createCrc64Nvme();
  let digest: string | undefined;
  return {
    update(chunk) {
      requireRunning(digest);
      crc.update(chunk);
    },
    digest: () => (digest ??= encodeCrc(crc.take(), CRC64NVME.bits)),
  };
}

/**
 * Hashers that have finished, for the next checksums. Each is a WebAssembly instance with memory of
 * its own, which takes longer to make than the checksum of a small file. There are never more of
 * them than checksums that ran at one time.
 */
const idleHashers: IHasher[] = [];

async function startCrc32c(): Promise<RunningChecksum> {
  const hasher = idleHashers.pop() ?? (await createCrc32c());
  hasher.init();
  let digest: string | undefined;
  return {
    update(chunk) {
      requireRunning(digest);
      hasher.update(chunk);
    },
    digest() {
      if (digest === undefined) {
        digest = Buffer.from(hasher.digest('binary')).toString('base64');
        idleHashers.push(hasher);
      }
      return digest;
    },
  };
}

/** Few need it: nothing of ours asks for this checksum, and some clients of S3 send it. */
async function createCrc32c(): Promise<IHasher> {
  const { createCRC32 } = await import('./crc32c.ts');
  return await createCRC32(Number(CRC.CRC32C.polynomial));
}

function requireRunning(digest: string | undefined): void {
  if (digest !== undefined) throw new Error('The checksum is finished.');
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
  const crc = CRC[algorithm];
  return encodeCrc(combineCrcs(crc, decodeCrc(first), decodeCrc(second), secondLength), crc.bits);
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
