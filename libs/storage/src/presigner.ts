import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { LIMITS, type Checksum } from '@file-upload/shared-types';
import { translated } from './errors.ts';
import type { MultipartUpload } from './multipart.ts';
import { encodeDescription, type NewObject } from './object-metadata.ts';
import { checksumHeader } from './checksum.ts';

/** A request that anybody may send as it stands, until it expires. Its headers are signed. */
export interface PresignedRequest {
  method: 'GET' | 'HEAD' | 'PUT';
  url: string;
  headers: Record<string, string>;
}

/** A form that anybody may post as it stands, with the file as its last field. */
export interface PresignedForm {
  url: string;
  fields: Record<string, string>;
}

/** @param expiresIn seconds, at most 7 days; a role's session may end it sooner */
type Lifetime = { expiresIn?: number };

/**
 * Signs requests for others to send. Signing is local: no method calls S3.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function createPresigner({ s3, bucket }: { s3: S3Client; bucket: string }) {
  /** Signs `headers` as headers: in the query, where the SDK would put some, S3 ignores them. */
  async function signPut(
    command: PutObjectCommand | UploadPartCommand,
    headers: Record<string, string>,
    expiresIn: number,
  ): Promise<PresignedRequest> {
    const names = new Set(Object.keys(headers));
    const url = await translated(
      getSignedUrl(s3, command as PutObjectCommand, {
        expiresIn,
        unhoistableHeaders: names,
        signableHeaders: new Set([...names, 'host']),
      }),
    );
    return { method: 'PUT', url, headers };
  }

  return {
    /** Where anybody may read an object that is public: without a signature, and for ever. */
    async publicUrl(key: string): Promise<{ url: string }> {
      const command = new GetObjectCommand({ Bucket: bucket, Key: key });
      const { origin, pathname } = new URL(await translated(getSignedUrl(s3, command)));
      return { url: origin + pathname };
    },

    /**
     * @param method what the request will be sent with: a URL signed for one is no good for the other
     * @param contentDisposition, contentType what S3 answers with instead of what it stored
     */
    async get(
      key: string,
      options: Lifetime & {
        method?: 'GET' | 'HEAD';
        contentDisposition?: string;
        contentType?: string;
      } = {},
    ): Promise<PresignedRequest> {
      const { method = 'GET', expiresIn = LIMITS.presignedUrlSeconds } = options;
      const input = {
        Bucket: bucket,
        Key: key,
        ResponseContentDisposition: options.contentDisposition,
        ResponseContentType: options.contentType,
      };
      const command =
        method === 'HEAD' ? new HeadObjectCommand(input) : new GetObjectCommand(input);
      const url = await translated(getSignedUrl(s3, command, { expiresIn }));
      return { method, url, headers: {} };
    },

    /** A create-only PUT of exactly `size` bytes of the given type and, where known, checksum. */
    put(
      object: NewObject,
      { size, checksum, expiresIn }: Lifetime & { size: number; checksum?: Checksum },
    ): Promise<PresignedRequest> {
      const description = encodeDescription(object.description);
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: object.key,
        ContentLength: size,
        ContentType: object.contentType,
        Metadata: description,
        IfNoneMatch: '*',
        ...(checksum && checksumHeader(checksum)),
      });
      const headers: Record<string, string> = {
        'content-length': String(size),
        'content-type': object.contentType,
        'if-none-match': '*',
        ...(checksum && {
          [`x-amz-checksum-${checksum.algorithm.toLowerCase()}`]: checksum.value,
        }),
      };
      for (const [name, value] of Object.entries(description)) {
        headers[`x-amz-meta-${name}`] = value;
      }
      return signPut(command, headers, expiresIn ?? LIMITS.presignedUrlSeconds);
    },

    /** A PUT of one part. @param size bytes @param crc64nvme base64 checksum of the part */
    part(
      upload: MultipartUpload,
      partNumber: number,
      { size, crc64nvme, expiresIn }: Lifetime & { size?: number; crc64nvme?: string } = {},
    ): Promise<PresignedRequest> {
      const command = new UploadPartCommand({
        Bucket: bucket,
        Key: upload.key,
        UploadId: upload.uploadId,
        PartNumber: partNumber,
        ContentLength: size,
        ChecksumCRC64NVME: crc64nvme,
      });
      const headers = {
        ...(size !== undefined && { 'content-length': String(size) }),
        ...(crc64nvme && { 'x-amz-checksum-crc64nvme': crc64nvme }),
      };
      return signPut(command, headers, expiresIn ?? LIMITS.presignedUrlSeconds);
    },

    /**
     * A form upload of one exact key and type, and a size in bytes between two bounds. Unlike a PUT
     * it cannot be made to create only: whoever has it replaces what it brought, until it expires.
     */
    async post(
      object: NewObject,
      { minSize, maxSize, expiresIn }: Lifetime & { minSize: number; maxSize: number },
    ): Promise<PresignedForm> {
      const fields: Record<string, string> = { 'Content-Type': object.contentType };
      for (const [name, value] of Object.entries(encodeDescription(object.description))) {
        fields[`x-amz-meta-${name}`] = value;
      }
      return await translated(
        createPresignedPost(s3, {
          Bucket: bucket,
          Key: object.key,
          Fields: fields,
          Conditions: [['content-length-range', minSize, maxSize]],
          Expires: expiresIn ?? LIMITS.presignedUrlSeconds,
        }),
      );
    },
  };
}
