import { createHash } from 'node:crypto';
import {
  S3_CHECKSUM_ALGORITHMS,
  createChecksum,
  type RunningChecksum,
  type S3ChecksumAlgorithm,
} from '@file-upload/storage';
import { S3Error } from './errors.ts';

/** A checksum as S3 keeps it. `value` is base64; that of a composite ends in `-<parts>`. */
export interface StoredChecksum {
  algorithm: S3ChecksumAlgorithm;
  type: 'FULL_OBJECT' | 'COMPOSITE';
  value: string;
}

const DIGEST_BYTES: Record<S3ChecksumAlgorithm, number> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

/** `CRC32` to `x-amz-checksum-crc32`. */
export function checksumHeader(algorithm: S3ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** `CRC32` to `ChecksumCRC32`, the name of the element in XML. */
export function checksumElement(algorithm: S3ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

export function isChecksumAlgorithm(text: string): text is S3ChecksumAlgorithm {
  return (S3_CHECKSUM_ALGORITHMS as readonly string[]).includes(text);
}

/** What a client says about its body's checksum: its value in base64, or `trailing`. */
export interface DeclaredChecksum {
  algorithm: S3ChecksumAlgorithm;
  value: string;
}

/**
 * Finds the one checksum that a request may carry.
 *
 * @param field a header (or form field) by lower-case name
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function declaredChecksum(
  field: (name: string) => string | undefined,
): DeclaredChecksum | undefined {
  const trailer = field('x-amz-trailer')?.toLowerCase();
  const declared = S3_CHECKSUM_ALGORITHMS.flatMap((algorithm): DeclaredChecksum[] => {
    const value = field(checksumHeader(algorithm));
    const trailing = trailer === checksumHeader(algorithm);
    return [
      ...(value === undefined ? [] : [{ algorithm, value }]),
      ...(trailing ? [{ algorithm, value: 'trailing' }] : []),
    ];
  });
  if (trailer !== undefined && !declared.some(({ value }) => value === 'trailing')) {
    throw new S3Error(
      'InvalidRequest',
      'The value specified in the x-amz-trailer header is not supported',
    );
  }
  const [checksum, another] = declared;
  if (another) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const announced = field('x-amz-sdk-checksum-algorithm')?.toUpperCase();
  if (announced !== undefined && !isChecksumAlgorithm(announced)) {
    throw new S3Error(
      'InvalidRequest',
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: ' +
        `[${S3_CHECKSUM_ALGORITHMS.join(', ')}]`,
    );
  }
  if (announced !== undefined && checksum === undefined) {
    throw new S3Error(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  if (announced !== undefined && announced !== checksum?.algorithm) {
    throw new S3Error(
      'InvalidRequest',
      'Value for x-amz-sdk-checksum-algorithm header is invalid.',
    );
  }
  if (checksum && checksum.value !== 'trailing') requireDigest(checksum.algorithm, checksum.value);
  return checksum;
}

/** @throws S3Error InvalidRequest unless `value` is base64 of as many bytes as the digest has */
function requireDigest(algorithm: S3ChecksumAlgorithm, value: string): void {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== DIGEST_BYTES[algorithm] || bytes.toString('base64') !== value) {
    throw new S3Error(
      'InvalidRequest',
      `Value for ${checksumHeader(algorithm)} header is invalid.`,
    );
  }
}

export type Digest = S3ChecksumAlgorithm | 'MD5';

/** Several digests of the same bytes, each computed once whoever asks for it. */
export interface RunningDigests {
  update(chunk: Uint8Array): void;
  /** Base64 by algorithm. */
  digest(): Map<Digest, string>;
}

export async function startDigests(algorithms: Iterable<Digest>): Promise<RunningDigests> {
  const running = await Promise.all(
    [...new Set(algorithms)].map(async (algorithm) => {
      if (algorithm !== 'MD5') return [algorithm, await createChecksum(algorithm)] as const;
      return [algorithm, startMd5()] as const;
    }),
  );
  return {
    update(chunk) {
      for (const [, digest] of running) digest.update(chunk);
    },
    digest: () => new Map(running.map(([algorithm, digest]) => [algorithm, digest.digest()])),
  };
}

function startMd5(): RunningChecksum {
  const hash = createHash('md5');
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest('base64') };
}
