import { AppError, LIMITS, type Checksum } from '@file-upload/shared-types';
import { checksumOf, combineCrc, createChecksum } from './checksum.ts';
import { hasCode } from './errors.ts';
import type { Multipart } from './multipart.ts';
import type { NewObject, StoredObject } from './object-metadata.ts';

/** Bytes that have arrived and been checked, but are not yet an object that anybody can see. */
export interface StagedObject {
  /** Bytes. */
  size: number;
  /** Of the whole file: the declared one, now verified, or else CRC64NVME. */
  checksum: Checksum;
  /**
   * Makes the object. Committing the same bytes again, here or in another process, is success.
   *
   * @throws OBJECT_EXISTS where the key is taken by other bytes
   */
  commit(): Promise<void>;
  /** Forgets the bytes, and removes what was already sent of them. */
  discard(): Promise<void>;
}

export interface StageOptions {
  /** Bytes. More of them are refused as soon as they arrive. */
  maxBytes: number;
  /** What the client says the bytes have to be. */
  declared?: Checksum | undefined;
  /** Bytes; 8 MiB, or more where 10,000 parts of it would not hold `maxBytes`. */
  partSize?: number;
}

/** The parts of the object store that staging is made of. */
export interface StagingStore {
  create(object: NewObject, bytes: Uint8Array, checksum: Checksum): Promise<void>;
  head(key: string): Promise<StoredObject | undefined>;
  multipart: Multipart;
}

const DEFAULT_PART_SIZE = 8 * 1024 ** 2;
/** Parts on their way while the next one fills: enough to keep reader and store busy. */
const PARTS_IN_FLIGHT = 2;

/**
 * Reads a stream of unknown length to its end: up to one part is kept in memory, more is sent to
 * the store part by part as it arrives. Holds three parts in memory at most. Nothing is visible
 * before `commit`, so a caller can still change its mind about what follows the bytes. The source is
 * closed when this returns or throws.
 *
 * @throws FILE_TOO_LARGE, CHECKSUM_MISMATCH, and whatever `source` throws; nothing is left behind
 */
export async function stageObject(
  store: StagingStore,
  object: NewObject,
  source: AsyncIterable<Uint8Array>,
  { maxBytes, declared, partSize }: StageOptions,
): Promise<StagedObject> {
  const size = Math.max(partSize ?? DEFAULT_PART_SIZE, Math.ceil(maxBytes / LIMITS.maxParts));
  const spare: Buffer[] = [];
  const parts = cutIntoParts(limit(source, maxBytes), size, spare);
  try {
    const first = await parts.next();
    if (first.done) throw new Error('cutIntoParts always yields a part');
    return first.value.last
      ? await stageInMemory(store, object, first.value.bytes, declared)
      : await stageInParts(store, object, first.value, parts, spare, declared);
  } finally {
    await parts.return();
  }
}

async function stageInMemory(
  store: StagingStore,
  object: NewObject,
  bytes: Uint8Array,
  declared: Checksum | undefined,
): Promise<StagedObject> {
  const algorithm = declared?.algorithm ?? 'CRC64NVME';
  const checksum: Checksum = { algorithm, value: await checksumOf(algorithm, bytes) };
  assertSame(declared, checksum);
  return {
    size: bytes.byteLength,
    checksum,
    commit: () =>
      committing(store.create(object, bytes, checksum), async () => {
        const there = await store.head(object.key);
        if (there?.size !== bytes.byteLength || !there.checksum) return false;
        const { algorithm, value } = there.checksum;
        return value === (await checksumOf(algorithm, bytes));
      }),
    discard: () => Promise.resolve(),
  };
}

async function stageInParts(
  store: StagingStore,
  object: NewObject,
  first: Part,
  rest: AsyncIterable<Part>,
  spare: Buffer[],
  declared: Checksum | undefined,
): Promise<StagedObject> {
  const { multipart } = store;
  // S3 knows the SHA-256 of each part only, so that of the whole is computed as it passes.
  const sha256 = declared?.algorithm === 'SHA256' ? await createChecksum('SHA256') : undefined;
  const upload = await multipart.start(object);
  const sent: Promise<{ partNumber: number; etag: string }>[] = [];
  let size = 0;
  let crc64nvme: string | undefined;

  async function send({ bytes }: Part): Promise<void> {
    sha256?.update(bytes);
    const partCrc = await checksumOf('CRC64NVME', bytes);
    crc64nvme =
      crc64nvme === undefined
        ? partCrc
        : combineCrc('CRC64NVME', crc64nvme, partCrc, bytes.byteLength);
    size += bytes.byteLength;
    await sent.at(-PARTS_IN_FLIGHT);
    const part = multipart.putPart(upload, sent.length + 1, bytes, partCrc);
    part.then(
      () => spare.push(bytes),
      () => undefined, // Awaited later; until then a failure is not unhandled.
    );
    sent.push(part);
  }

  try {
    await send(first);
    for await (const part of rest) await send(part);
    const parts = await Promise.all(sent);
    const whole = { size, crc64nvme: crc64nvme ?? '' };
    const checksum: Checksum = sha256
      ? { algorithm: 'SHA256', value: sha256.digest() }
      : { algorithm: 'CRC64NVME', value: whole.crc64nvme };
    assertSame(declared, checksum);
    return {
      size,
      checksum,
      commit: () =>
        committing(
          multipart.complete(upload, parts, whole),
          async () => {
            const there = await store.head(object.key);
            return there?.size === size && there.checksum?.value === whole.crc64nvme;
          },
          () => multipart.abort(upload),
        ),
      discard: () => multipart.abort(upload),
    };
  } catch (error) {
    await Promise.allSettled(sent);
    await abandon(() => multipart.abort(upload));
    throw error;
  }
}

/**
 * Awaits a create-only request. An object that is there already is success when it is the one we
 * were about to create: the store's answer to our first attempt got lost, or somebody repeats a
 * request.
 */
async function committing(
  request: Promise<void>,
  isSameObject: () => Promise<boolean>,
  discard: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  try {
    await request;
  } catch (error) {
    try {
      const settled = hasCode(error, 'OBJECT_EXISTS', 'UPLOAD_NOT_FOUND', 'CONFLICT');
      if (!settled || !(await isSameObject())) throw error;
    } finally {
      await abandon(discard);
    }
  }
}

/** Cleans up after a failure that is reported already; the bucket's lifecycle rule is the net. */
async function abandon(discard: () => Promise<void>): Promise<void> {
  await discard().catch(() => undefined);
}

function assertSame(declared: Checksum | undefined, actual: Checksum): void {
  if (declared === undefined || declared.value === actual.value) return;
  throw new AppError(
    'CHECKSUM_MISMATCH',
    `The bytes that arrived have the ${actual.algorithm} ${actual.value}, not ${declared.value}. Send the file again.`,
  );
}

interface Part {
  bytes: Buffer;
  last: boolean;
}

/**
 * Cuts a stream into parts of `size` bytes and a last one that may be shorter, or empty. Chunks are
 * copied as they come, so that none is kept, into buffers of `spare` where there are any.
 */
async function* cutIntoParts(
  source: AsyncIterable<Uint8Array>,
  size: number,
  spare: Buffer[],
): AsyncGenerator<Part, void> {
  let part: Buffer = Buffer.alloc(0);
  let length = 0;
  for await (let chunk of source) {
    // A full part is held back until a byte follows it: only then it is not the last one.
    while (length + chunk.byteLength > size) {
      const fits = size - length;
      part = withRoom(part, size, size);
      part.set(chunk.subarray(0, fits), length);
      yield { bytes: part, last: false };
      chunk = chunk.subarray(fits);
      part = spare.pop() ?? Buffer.allocUnsafeSlow(size);
      length = 0;
    }
    part = withRoom(part, length + chunk.byteLength, size);
    part.set(chunk, length);
    length += chunk.byteLength;
  }
  yield { bytes: part.subarray(0, length), last: true };
}

/** `part`, or a copy that is at least twice as long where it has no room for `length` bytes. */
function withRoom(part: Buffer, length: number, maxLength: number): Buffer {
  if (length <= part.byteLength) return part;
  const larger = Buffer.allocUnsafe(Math.min(Math.max(length, part.byteLength * 2), maxLength));
  larger.set(part);
  return larger;
}

async function* limit(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of source) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw new AppError('FILE_TOO_LARGE', `The file has more than ${maxBytes} bytes.`);
    }
    yield chunk;
  }
}
