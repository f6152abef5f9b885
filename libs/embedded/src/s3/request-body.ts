import type { ServerResponse } from 'node:http';
import { LIMITS } from '@file-upload/shared-types';
import { decodeChunks } from './chunked-body.ts';
import { S3Error } from './errors.ts';
import { declaredChecksum, startDigests, type DeclaredChecksum, type Digest } from './integrity.ts';
import { headerOf, type S3Request } from './request.ts';
import type { Call } from './store.ts';

/** The bytes a client sends, freed of their framing, and what they have to agree with. */
export interface RequestBody {
  /** Bytes to come. */
  length: number;
  checksum: DeclaredChecksum | null;
  /** Can be iterated once. Ends with an error unless exactly `length` bytes came. */
  chunks: AsyncIterable<Buffer>;
  /** The digests that `verify` needs. */
  digests: Digest[];
  /** To be called when the iteration has ended, with the digests of what came. */
  verify: (digests: ReadonlyMap<Digest, string>) => void;
}

const STREAMING = {
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { signed: true, trailing: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { signed: true, trailing: true },
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { signed: false, trailing: true },
} as const;

/**
 * Prepares to read the body of a request; nothing is read yet.
 *
 * @param checksum what the body is said to have; null where the headers speak of something else
 * @throws S3Error for whatever the headers alone show to be wrong
 */
export function openRequestBody(
  { request, response, auth }: Call,
  checksum = bodyChecksum(request),
): RequestBody {
  const header = (name: string): string | undefined => headerOf(request.http, name);
  const { payloadHash } = auth;
  const streaming = Object.hasOwn(STREAMING, payloadHash)
    ? STREAMING[payloadHash as keyof typeof STREAMING]
    : undefined;
  const hex = /^[0-9a-f]{64}$/.test(payloadHash);
  if (!streaming && !hex && payloadHash !== 'UNSIGNED-PAYLOAD') {
    throw new S3Error(
      'InvalidArgument',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, ' +
        `${Object.keys(STREAMING).join(', ')} or a valid sha256 value.`,
    );
  }
  const md5 = header('content-md5');
  if (md5 !== undefined && !/^[A-Za-z0-9+/]{22}==$/.test(md5)) throw new S3Error('InvalidDigest');
  if (checksum?.value === 'trailing' && !streaming?.trailing) {
    throw new S3Error('InvalidRequest', 'x-amz-trailer needs a streaming payload with a trailer.');
  }

  const raw = incomingBytes(request, response);
  const trailers = new Map<string, string>();
  let length: number;
  let chunks: AsyncIterable<Buffer>;
  if (streaming) {
    if (streaming.signed && !auth.seed) {
      throw new S3Error('InvalidRequest', 'Signed chunks need a signature in the header.');
    }
    length = readLength(header('x-amz-decoded-content-length'));
    chunks = decodeChunks(
      raw,
      {
        decodedLength: length,
        trailing: streaming.trailing,
        ...(streaming.signed && auth.seed && { seed: auth.seed }),
      },
      trailers,
    );
  } else {
    length = readLength(header('content-length'));
    chunks = raw;
  }

  return {
    length,
    checksum,
    chunks,
    digests: [
      ...(md5 === undefined ? [] : (['MD5'] as const)),
      ...(hex ? (['SHA256'] as const) : []),
      ...(checksum ? [checksum.algorithm] : []),
    ],
    verify(digests) {
      const sha256 = digests.get('SHA256');
      if (hex && Buffer.from(sha256 ?? '', 'base64').toString('hex') !== payloadHash) {
        throw new S3Error('XAmzContentSHA256Mismatch');
      }
      if (md5 !== undefined && digests.get('MD5') !== md5) {
        throw new S3Error(
          'BadDigest',
          'The Content-MD5 you specified did not match what we received.',
        );
      }
      verifyChecksum(checksum, trailers, digests);
    },
  };
}

function bodyChecksum({ http }: S3Request): DeclaredChecksum | null {
  return declaredChecksum((name) => headerOf(http, name)) ?? null;
}

function verifyChecksum(
  checksum: DeclaredChecksum | null,
  trailers: ReadonlyMap<string, string>,
  digests: ReadonlyMap<Digest, string>,
): void {
  const names =
    checksum?.value === 'trailing' ? [`x-amz-checksum-${checksum.algorithm.toLowerCase()}`] : [];
  if ([...trailers.keys()].join() !== names.join()) throw new S3Error('MalformedTrailerError');
  if (!checksum) return;
  const expected = checksum.value === 'trailing' ? trailers.get(names[0] ?? '') : checksum.value;
  if (digests.get(checksum.algorithm) !== expected) {
    throw new S3Error(
      'BadDigest',
      `The ${checksum.algorithm} you specified did not match the calculated checksum.`,
    );
  }
}

/** @throws S3Error MissingContentLength, EntityTooLarge */
function readLength(text: string | undefined): number {
  if (text === undefined || !/^[0-9]{1,15}$/.test(text)) throw new S3Error('MissingContentLength');
  const length = Number(text);
  if (length > LIMITS.singlePutBytes) {
    throw new S3Error('EntityTooLarge', undefined, {
      ProposedSize: text,
      MaxSizeAllowed: String(LIMITS.singlePutBytes),
    });
  }
  return length;
}

/**
 * The bytes as they come. A client that asked for leave to send (`Expect: 100-continue`) gets it
 * when the first byte is wanted, so a request that is refused before never sends its body.
 *
 * The socket's idle timeout is for waiting for the client: it is off while the server works on
 * what came, and on again when the response begins.
 */
export async function* incomingBytes(
  request: S3Request,
  response: ServerResponse,
): AsyncGenerator<Buffer> {
  const { http } = request;
  if (http.headers.expect !== undefined) response.writeContinue();
  const { socket } = http;
  const idleMillis = socket.timeout ?? 0;
  try {
    // A consumer that stops early must still be able to answer, so the socket stays.
    for await (const chunk of http.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } catch (error) {
    throw http.destroyed ? new S3Error('IncompleteBody') : error;
  }
  socket.setTimeout(0);
  response.once('finish', () => socket.setTimeout(idleMillis));
}

/**
 * Reads and verifies a body that is small by nature, such as XML.
 *
 * @param maxBytes more than this is MaxMessageLengthExceeded
 */
export async function collectBody(body: RequestBody, maxBytes: number): Promise<Buffer> {
  if (body.length > maxBytes) throw new S3Error('MaxMessageLengthExceeded');
  const digests = await startDigests(body.digests);
  const chunks: Buffer[] = [];
  for await (const chunk of body.chunks) {
    digests.update(chunk);
    chunks.push(chunk);
  }
  body.verify(digests.digest());
  return Buffer.concat(chunks);
}
