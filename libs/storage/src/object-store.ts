import type { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AppError, type Checksum } from '@file-upload/shared-types';
import { checksumHeader } from './checksum.ts';
import { createOnly, hasCode, translate, translated } from './errors.ts';
import { createMultipart } from './multipart.ts';
import {
  decodeDescription,
  encodeDescription,
  type NewObject,
  type StoredObject,
} from './object-metadata.ts';
import { createPresigner } from './presigner.ts';
import { stageObject, type StagedObject, type StageOptions } from './staged-object.ts';
import { withUnsignedPayload } from './unsigned-payload.ts';

/** One line of a listing. */
export interface ListedObject {
  key: string;
  size: number;
  etag: string;
  lastModified: Date;
}

/** A run of an object's bytes. */
export interface ObjectBody {
  body: Readable;
  /** Bytes in `body`. */
  size: number;
  /** `bytes first-last/total`, when a range was asked for. */
  contentRange: string | undefined;
  etag: string;
  contentType: string;
}

export type ObjectStore = ReturnType<typeof createObjectStore>;

/**
 * The objects of one bucket. Every method throws an `AppError`: `STORE_UNAVAILABLE` for faults
 * that pass, `STORE_REFUSED` for those that do not, and the codes named beside it.
 */
export function createObjectStore({ s3, bucket }: { s3: S3Client; bucket: string }) {
  const target = (key: string) => ({ Bucket: bucket, Key: key });
  const multipart = createMultipart({ s3, bucket });

  /**
   * Creates an object from bytes in memory, in one request, unless its key is taken.
   *
   * @throws OBJECT_EXISTS, CHECKSUM_MISMATCH
   */
  async function create(object: NewObject, bytes: Uint8Array, checksum: Checksum): Promise<void> {
    const command = new PutObjectCommand({
      ...target(object.key),
      Body: bytes,
      ContentLength: bytes.byteLength,
      ContentType: object.contentType,
      Metadata: encodeDescription(object.description),
      IfNoneMatch: '*',
      ...checksumHeader(checksum),
    });
    await createOnly(s3.send(withUnsignedPayload(command)));
  }

  /** What S3 knows of an object; undefined when there is none. */
  async function head(key: string): Promise<StoredObject | undefined> {
    try {
      const found = await s3.send(
        new HeadObjectCommand({ ...target(key), ChecksumMode: 'ENABLED' }),
      );
      return {
        key,
        size: found.ContentLength ?? 0,
        etag: found.ETag ?? '',
        versionId: found.VersionId,
        contentType: found.ContentType ?? 'application/octet-stream',
        lastModified: found.LastModified ?? new Date(0),
        checksum: wholeFileChecksum(found),
        description: decodeDescription(found.Metadata),
      };
    } catch (cause) {
      const error = translate(cause);
      if (hasCode(error, 'OBJECT_MISSING')) return undefined;
      throw error;
    }
  }

  /**
   * An object's bytes, or those of an inclusive range.
   *
   * @param etag of the object that is meant, where another one may have taken its place
   * @throws OBJECT_MISSING, RANGE_NOT_SATISFIABLE, PRECONDITION_FAILED
   */
  async function get(
    key: string,
    range?: { first: number; last: number },
    etag?: string,
  ): Promise<ObjectBody> {
    const found = await translated(
      s3.send(
        new GetObjectCommand({
          ...target(key),
          ...(range && { Range: `bytes=${range.first}-${range.last}` }),
          ...(etag !== undefined && { IfMatch: etag }),
        }),
      ),
    );
    return {
      body: found.Body as Readable,
      size: found.ContentLength ?? 0,
      contentRange: found.ContentRange,
      etag: found.ETag ?? '',
      contentType: found.ContentType ?? 'application/octet-stream',
    };
  }

  /**
   * The same, chunk by chunk. A connection that breaks on the way is `STORE_UNAVAILABLE`.
   *
   * @throws OBJECT_MISSING, RANGE_NOT_SATISFIABLE, PRECONDITION_FAILED
   */
  async function* read(...what: Parameters<typeof get>): AsyncGenerator<Uint8Array> {
    const { body } = await get(...what);
    try {
      yield* body as AsyncIterable<Uint8Array>;
    } catch (cause) {
      throw translate(cause);
    }
  }

  /**
   * Deletes an object; doing it twice is the same as doing it once.
   *
   * @param versionId deletes this version for good, and no other
   */
  async function remove(key: string, versionId?: string): Promise<void> {
    const version = versionId !== undefined && { VersionId: versionId };
    await translated(s3.send(new DeleteObjectCommand({ ...target(key), ...version })));
  }

  /**
   * Makes an object of another one of at most 5 GiB, with all but its tags, unless its key is taken.
   *
   * @throws OBJECT_MISSING, OBJECT_EXISTS
   */
  async function copy(from: string, to: string): Promise<void> {
    const command = new CopyObjectCommand({
      ...target(to),
      CopySource: [bucket, ...from.split('/')].map(encodeURIComponent).join('/'),
      TaggingDirective: 'REPLACE',
      ChecksumAlgorithm: 'CRC64NVME',
      IfNoneMatch: '*',
    });
    await createOnly(s3.send(command));
  }

  /**
   * Every object whose key starts with `prefix` and comes after `startAfter`, in the order of their
   * keys, page by page.
   */
  async function* list(prefix = '', startAfter?: string): AsyncGenerator<ListedObject> {
    const pages = paginateListObjectsV2(
      { client: s3 },
      { Bucket: bucket, Prefix: prefix, StartAfter: startAfter },
    );
    for (;;) {
      const page = await translated(pages.next());
      if (page.done) return;
      for (const { Key, Size, ETag, LastModified } of page.value.Contents ?? []) {
        yield {
          key: Key ?? '',
          size: Size ?? 0,
          etag: ETag ?? '',
          lastModified: LastModified ?? new Date(0),
        };
      }
    }
  }

  /** @throws OBJECT_MISSING */
  async function getTags(key: string): Promise<Record<string, string>> {
    const { TagSet = [] } = await translated(s3.send(new GetObjectTaggingCommand(target(key))));
    return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
  }

  /**
   * Replaces all tags of an object, or of the version of it that is meant.
   *
   * @throws OBJECT_MISSING
   */
  async function setTags(
    key: string,
    tags: Readonly<Record<string, string>>,
    versionId?: string,
  ): Promise<void> {
    const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await translated(
      s3.send(
        new PutObjectTaggingCommand({
          ...target(key),
          Tagging: { TagSet },
          ...(versionId !== undefined && { VersionId: versionId }),
        }),
      ),
    );
  }

  const objects = { create, head, get, read, remove, copy, list, getTags, setTags, multipart };
  return {
    ...objects,
    /** The bucket's name. */
    bucket,
    presigner: createPresigner({ s3, bucket }),

    /** Resolves when the bucket is there and answers. */
    async ping(): Promise<void> {
      try {
        await translated(s3.send(new HeadBucketCommand({ Bucket: bucket })));
      } catch (cause) {
        if (!hasCode(cause, 'OBJECT_MISSING')) throw cause;
        throw new AppError('STORE_REFUSED', 'The bucket does not exist.', { cause });
      }
    },

    /** Brings a stream of unknown length to the store; see {@link stageObject}. */
    stage(
      object: NewObject,
      source: AsyncIterable<Uint8Array>,
      options: StageOptions,
    ): Promise<StagedObject> {
      return stageObject(objects, object, source, options);
    },
  };
}

function wholeFileChecksum(head: HeadObjectCommandOutput): Checksum | undefined {
  if (head.ChecksumType === 'COMPOSITE') return undefined;
  if (head.ChecksumCRC64NVME) return { algorithm: 'CRC64NVME', value: head.ChecksumCRC64NVME };
  if (head.ChecksumSHA256) return { algorithm: 'SHA256', value: head.ChecksumSHA256 };
  return undefined;
}
