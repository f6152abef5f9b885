import { AppError, LIMITS, type Checksum } from '@file-upload/shared-types';

/** How the bytes of a file are cut, or that they are not. */
type Cut = { type: 'single' } | { type: 'multipart'; part_size: number; part_count: number };

const MIB = 1024 ** 2;
/** Bytes that fit into the largest parts. */
const MOST_IN_PARTS = LIMITS.maxParts * LIMITS.maxPartBytes;

/**
 * How a file of `size` bytes is uploaded: small ones in one request, large ones in parts, of which
 * {@link LIMITS.maxParts} suffice. With a SHA-256 it is one request up to the largest that S3 takes:
 * S3 verifies that of the whole only then.
 *
 * @throws CHECKSUM_NOT_SUPPORTED, FILE_TOO_LARGE
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function cutFile(size: number, checksum: Checksum | undefined): Cut {
  const isSha256 = checksum?.algorithm === 'SHA256';
  const single = isSha256 ? LIMITS.singlePutBytes : LIMITS.singleUploadBytes;
  if (size <= single) return { type: 'single' };
  if (isSha256) {
    throw new AppError(
      'CHECKSUM_NOT_SUPPORTED',
      `The store verifies a SHA-256 of files of up to ${LIMITS.singlePutBytes} bytes. Give the CRC64NVME of this file instead.`,
    );
  }
  if (size > MOST_IN_PARTS) throw tooLarge(MOST_IN_PARTS);
  const smallest = Math.ceil(size / LIMITS.maxParts / MIB) * MIB;
  const part_size = Math.max(LIMITS.defaultPartBytes, smallest);
  return { type: 'multipart', part_size, part_count: Math.ceil(size / part_size) };
}

/** Bytes of one part of a file of `size` bytes. @param partNumber 1 to `part_count` */
export function sizeOfPart(
  size: number,
  { part_size, part_count }: { part_size: number; part_count: number },
  partNumber: number,
): number {
  return partNumber < part_count ? part_size : size - part_size * (part_count - 1);
}

/** @param most bytes */
export function tooLarge(most: number): AppError {
  return new AppError(
    'FILE_TOO_LARGE',
    `The file has more than ${most} bytes, the most that this service stores.`,
  );
}
