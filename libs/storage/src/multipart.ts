import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AppError } from '@file-upload/shared-types';
import { createOnly, hasCode, translate, translated } from './errors.ts';
import { encodeDescription, type NewObject } from './object-metadata.ts';
import { withUnsignedPayload } from './unsigned-payload.ts';

/** A multipart upload that is under way. */
export interface MultipartUpload {
  key: string;
  uploadId: string;
}

/** A part that the store has. */
export interface UploadedPart {
  /** 1 to 10,000. */
  partNumber: number;
  etag: string;
  /** Bytes. */
  size: number;
}

export type Multipart = ReturnType<typeof createMultipart>;

/**
 * Multipart uploads into one bucket. Parts and whole are checked with CRC64NVME, the only
 * algorithm whose value for the whole does not depend on how it was cut.
 */
export function createMultipart({ s3, bucket }: { s3: S3Client; bucket: string }) {
  const target = ({ key, uploadId }: MultipartUpload) => ({
    Bucket: bucket,
    Key: key,
    UploadId: uploadId,
  });

  return {
    async start(object: NewObject): Promise<MultipartUpload> {
      const { UploadId } = await translated(
        s3.send(
          new CreateMultipartUploadCommand({
            Bucket: bucket,
            Key: object.key,
            ContentType: object.contentType,
            Metadata: encodeDescription(object.description),
            ChecksumAlgorithm: 'CRC64NVME',
            ChecksumType: 'FULL_OBJECT',
          }),
        ),
      );
      if (!UploadId) throw new AppError('STORE_REFUSED', 'The store opened no upload.');
      return { key: object.key, uploadId: UploadId };
    },

    /**
     * @param crc64nvme base64 checksum of `bytes`, verified by S3
     * @throws UPLOAD_NOT_FOUND, CHECKSUM_MISMATCH
     */
    async putPart(
      upload: MultipartUpload,
      partNumber: number,
      bytes: Uint8Array,
      crc64nvme: string,
    ): Promise<UploadedPart> {
      const command = new UploadPartCommand({
        ...target(upload),
        PartNumber: partNumber,
        Body: bytes,
        ContentLength: bytes.byteLength,
        ChecksumCRC64NVME: crc64nvme,
      });
      const { ETag = '' } = await translated(s3.send(withUnsignedPayload(command)));
      return { partNumber, etag: ETag, size: bytes.byteLength };
    },

    /**
     * The parts that the store has, all pages of them, in order.
     *
     * S3 names a next marker on the last page too, with which the SDK's own paginator would begin
     * again, for ever.
     *
     * @throws UPLOAD_NOT_FOUND
     */
    async listParts(upload: MultipartUpload, pageSize = 1000): Promise<UploadedPart[]> {
      const parts: UploadedPart[] = [];
      let marker: string | undefined;
      for (;;) {
        const page = await translated(
          s3.send(
            new ListPartsCommand({
              ...target(upload),
              MaxParts: pageSize,
              PartNumberMarker: marker,
            }),
          ),
        );
        for (const { PartNumber = 0, ETag = '', Size = 0 } of page.Parts ?? []) {
          parts.push({ partNumber: PartNumber, etag: ETag, size: Size });
        }
        if (!page.IsTruncated) return parts;
        marker = page.NextPartNumberMarker;
      }
    },

    /**
     * Makes the object from its parts, unless its key is taken.
     *
     * @param whole verified by S3 when given: the size in bytes, and the base64 CRC64NVME
     * @throws OBJECT_EXISTS, UPLOAD_NOT_FOUND, INVALID_PART, CHECKSUM_MISMATCH, SIZE_MISMATCH; but
     * for the first two, the upload stays open
     */
    async complete(
      upload: MultipartUpload,
      parts: readonly Pick<UploadedPart, 'partNumber' | 'etag'>[],
      whole: { size?: number; crc64nvme?: string } = {},
    ): Promise<void> {
      if (parts.length === 0) throw new AppError('INVALID_PART', 'The upload has no parts.');
      const made = createOnly(
        s3.send(
          new CompleteMultipartUploadCommand({
            ...target(upload),
            MultipartUpload: {
              Parts: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })),
            },
            IfNoneMatch: '*',
            MpuObjectSize: whole.size,
            ...(whole.crc64nvme && {
              ChecksumCRC64NVME: whole.crc64nvme,
              ChecksumType: 'FULL_OBJECT' as const,
            }),
          }),
        ),
      );
      await (whole.size === undefined ? made : withSizeChecked(made));
    },

    /** Removes an upload and its parts; doing it twice is the same as doing it once. */
    async abort(upload: MultipartUpload): Promise<void> {
      try {
        await s3.send(new AbortMultipartUploadCommand(target(upload)));
      } catch (cause) {
        const error = translate(cause);
        if (!hasCode(error, 'UPLOAD_NOT_FOUND')) throw error;
      }
    },

    /**
     * The uploads that were started before a time and are neither completed nor aborted.
     *
     * @param before milliseconds since 1970
     * @param pageSize how many S3 is asked for at a time
     */
    async *startedBefore(before: number, pageSize = 1000): AsyncGenerator<MultipartUpload> {
      let next: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
      for (;;) {
        const page = await translated(
          s3.send(
            new ListMultipartUploadsCommand({ Bucket: bucket, MaxUploads: pageSize, ...next }),
          ),
        );
        for (const { Key = '', UploadId = '', Initiated } of page.Uploads ?? []) {
          if (Initiated && Initiated.getTime() < before) yield { key: Key, uploadId: UploadId };
        }
        if (!page.IsTruncated) return;
        next = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
      }
    },

    /** The uploads under way whose keys start with `prefix`: the first 1,000. */
    async list(prefix = ''): Promise<MultipartUpload[]> {
      const { Uploads = [] } = await translated(
        s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix })),
      );
      return Uploads.map(({ Key = '', UploadId = '' }) => ({ key: Key, uploadId: UploadId }));
    },
  };
}

/**
 * S3 has no name of its own for parts that do not add up to `MpuObjectSize`: only its words tell them
 * from other requests that it takes for invalid.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html x-amz-mp-object-size
 */
async function withSizeChecked(completed: Promise<unknown>): Promise<void> {
  try {
    await completed;
  } catch (cause) {
    const { name, message } = ((cause as Error).cause ?? {}) as Partial<Error>;
    if (name !== 'InvalidRequest' || !message?.includes('x-amz-mp-object-size')) throw cause;
    throw new AppError('SIZE_MISMATCH', 'The parts do not add up to the given size.', { cause });
  }
}
