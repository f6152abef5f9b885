import { combineCrcs, createCrc64Nvme, CRC64NVME } from '@file-upload/crc';

/** The CRC64NVME of bytes in base64. */
export function crcOf(bytes: Uint8Array): string {
  const crc = createCrc64Nvme();
  crc.update(bytes);
  return toBase64(crc.take());
}

/** As S3 writes it: base64 of the big-endian bytes. */
export function toBase64(crc: bigint): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, crc);
  return btoa(String.fromCharCode(...bytes));
}

/** The CRC64NVME of runs of bytes in a row, from the CRC of each and its length in bytes. */
export function combineRuns(runs: readonly { crc: bigint; length: number }[]): bigint {
  return runs.reduce((whole, { crc, length }) => combineCrcs(CRC64NVME, whole, crc, length), 0n);
}
