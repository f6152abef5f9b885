import { createHash } from 'node:crypto';
import type { ChunkSeed } from './authenticate.ts';
import { S3Error } from './errors.ts';
import { EMPTY_SHA256, sameText, sign } from './sigv4.ts';

/** How the body of one request is framed. */
export interface ChunkedFraming {
  /** Absent where the chunks are not signed. */
  seed?: ChunkSeed;
  /** Bytes of the body proper, from `x-amz-decoded-content-length`. */
  decodedLength: number;
  /** Whether trailing headers follow the last chunk. */
  trailing: boolean;
}

const MAX_LINE_BYTES = 8192;
const MIN_CHUNK_BYTES = 8192;

/**
 * Takes the `aws-chunked` framing off a body, verifying the signature of each chunk after its
 * bytes were given out: the consumer commits nothing before the iteration has ended well.
 *
 * @param trailers receives the trailing headers by lower-case name
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export async function* decodeChunks(
  source: AsyncIterable<Buffer>,
  framing: ChunkedFraming,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = byteReader(source);
  const verifier = framing.seed && signatureChain(framing.seed);
  let total = 0;
  let lastSize = Infinity;
  for (;;) {
    const { size, signature } = readChunkHeader(await reader.line());
    if (size > 0 && lastSize < MIN_CHUNK_BYTES) throw new S3Error('InvalidChunkSizeError');
    lastSize = size;
    total += size;
    if (total > framing.decodedLength) throw wrongLength();
    const hash = verifier && createHash('sha256');
    for (let left = size; left > 0;) {
      const bytes = await reader.some(left);
      left -= bytes.length;
      hash?.update(bytes);
      yield bytes;
    }
    if (hash) verifier.chunk(hash.digest('hex'), signature);
    if (size === 0) break;
    if ((await reader.line()) !== '') throw new S3Error('IncompleteBody');
  }
  if (total !== framing.decodedLength) throw wrongLength();

  const lines: string[] = [];
  for (let line = await reader.line(); line !== ''; line = await reader.line()) lines.push(line);
  let signed = '';
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase().trim();
    const value = line.slice(colon + 1).trim();
    if (colon < 1 || trailers.has(name)) throw new S3Error('MalformedTrailerError');
    trailers.set(name, value);
    if (name !== 'x-amz-trailer-signature') signed += `${name}:${value}\n`;
  }
  if (!framing.trailing && lines.length > 0) throw new S3Error('MalformedTrailerError');
  const signature = trailers.get('x-amz-trailer-signature');
  trailers.delete('x-amz-trailer-signature');
  if (verifier && framing.trailing) verifier.trailer(signed, signature ?? '');
  if (await reader.more()) throw new S3Error('IncompleteBody');
}

function wrongLength(): S3Error {
  return new S3Error(
    'IncompleteBody',
    'The chunks do not add up to the number of bytes in x-amz-decoded-content-length',
  );
}

function readChunkHeader(line: string): { size: number; signature: string } {
  const match = /^([0-9a-f]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(line);
  if (!match?.[1]) throw new S3Error('IncompleteBody', 'A chunk does not begin with its size');
  return { size: parseInt(match[1], 16), signature: match[2] ?? '' };
}

/** Each chunk's signature covers the one before, so chunks cannot be left out or reordered. */
function signatureChain(seed: ChunkSeed) {
  let previous = seed.signature;
  const advance = (kind: string, hashes: string[], signature: string): void => {
    const text = [`AWS4-HMAC-SHA256-${kind}`, seed.timestamp, seed.scope, previous, ...hashes];
    const expected = sign(seed.key, text.join('\n'));
    if (!sameText(expected, signature)) throw new S3Error('SignatureDoesNotMatch');
    previous = expected;
  };
  return {
    chunk: (hash: string, signature: string) => advance('PAYLOAD', [EMPTY_SHA256, hash], signature),
    trailer: (text: string, signature: string) =>
      advance('TRAILER', [createHash('sha256').update(text).digest('hex')], signature),
  };
}

/** Reads lines and runs of bytes from buffers as they come, without copying the runs. */
function byteReader(source: AsyncIterable<Buffer>) {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  const more = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const next = await iterator.next();
      if (next.done) return false;
      rest = next.value;
    }
    return true;
  };

  return {
    more,
    /** At least one byte and at most `max`. */
    async some(max: number): Promise<Buffer> {
      if (!(await more())) throw new S3Error('IncompleteBody');
      const bytes = rest.subarray(0, max);
      rest = rest.subarray(bytes.length);
      return bytes;
    },
    /** Up to the next line feed; the carriage return before it is optional in trailers. */
    async line(): Promise<string> {
      let line = '';
      for (;;) {
        if (!(await more())) throw new S3Error('IncompleteBody');
        const end = rest.indexOf(10);
        line += rest.toString('latin1', 0, end === -1 ? rest.length : end);
        rest = end === -1 ? rest.subarray(rest.length) : rest.subarray(end + 1);
        if (line.length > MAX_LINE_BYTES) throw new S3Error('IncompleteBody');
        if (end !== -1) return line.endsWith('\r') ? line.slice(0, -1) : line;
      }
    },
  };
}
