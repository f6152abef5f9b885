import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { checksumOf } from '@file-upload/storage';
import { send, signed, type RawAnswer, type Signed } from '../../test/raw-request.ts';
import { refusal, startRunning, type Running } from '../../test/running-embedded.ts';
import { EMPTY_SHA256, sign } from './sigv4.ts';

const SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const UNSIGNED = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const data = randomBytes(20_000);
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** A request whose body is chunked as the payload hash says, before the chunks are made. */
function open(running: Running, payloadHash: string, headers: Record<string, string> = {}): Signed {
  return signed(
    running,
    {
      method: 'PUT',
      path: '/file-upload/k',
      headers: {
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': String(data.length),
        'transfer-encoding': 'chunked',
        ...headers,
      },
    },
    { payloadHash },
  );
}

/** Chunks of 8,192 bytes, each signed after the one before. */
function signedChunks(request: Signed, body = data) {
  let previous = request.signature;
  const next = (kind: string, ...hashes: string[]): string => {
    const text = [`AWS4-HMAC-SHA256-${kind}`, request.timestamp, request.scope, previous];
    previous = sign(request.key, [...text, ...hashes].join('\n'));
    return previous;
  };
  const framed: Buffer[] = [];
  for (let at = 0; at <= body.length; at += 8192) {
    const chunk = body.subarray(at, at + 8192);
    framed.push(frame(chunk, next('PAYLOAD', EMPTY_SHA256, sha256(chunk))));
  }
  const end = `0;chunk-signature=${next('PAYLOAD', EMPTY_SHA256, EMPTY_SHA256)}\r\n`;
  const trailer = (lines: string): string => next('TRAILER', sha256(lines));
  return { framed, end, trailer };
}

function frame(chunk: Buffer, signature?: string): Buffer {
  const extension = signature === undefined ? '' : `;chunk-signature=${signature}`;
  const head = `${chunk.length.toString(16)}${extension}\r\n`;
  return Buffer.concat([Buffer.from(head), chunk, Buffer.from('\r\n')]);
}

async function expectStored({ s3, bucket: Bucket }: Running): Promise<void> {
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(data)).toBe(true);
  expect(got.ContentEncoding).toBeUndefined();
}

async function expectNothing(
  { s3, bucket: Bucket }: Running,
  answer: RawAnswer,
  code: string,
): Promise<void> {
  expect(answer.code).toBe(code);
  const head = refusal(s3.send(new HeadObjectCommand({ Bucket, Key: 'k' })));
  expect((await head).status).toBe(404);
}

describe('signed chunks', () => {
  test('are taken', async () => {
    const running = await startRunning();
    const request = open(running, SIGNED);
    const { framed, end } = signedChunks(request);
    const body = Buffer.concat([...framed, Buffer.from(`${end}\r\n`)]);
    expect(await send(running, { ...request, body })).toMatchObject({ status: 200 });
    await expectStored(running);
  });

  test.each<[string, (framed: Buffer[], end: string) => (Buffer | string)[], string]>([
    [
      'a byte is changed',
      ([a, b, c], end) => [a!, flip(b!), c!, end, '\r\n'],
      'SignatureDoesNotMatch',
    ],
    ['two are exchanged', ([a, b, c], end) => [b!, a!, c!, end, '\r\n'], 'SignatureDoesNotMatch'],
    ['one is missing', ([a, , c], end) => [a!, c!, end, '\r\n'], 'SignatureDoesNotMatch'],
    ['the end is not signed', ([a, b, c]) => [a!, b!, c!, '0\r\n\r\n'], 'SignatureDoesNotMatch'],
    ['the end is missing', ([a, b, c]) => [a!, b!, c!], 'IncompleteBody'],
    ['something follows', ([a, b, c], end) => [a!, b!, c!, end, '\r\n', 'more'], 'IncompleteBody'],
    ['one is torn', ([a, b]) => [a!, b!.subarray(0, 100)], 'IncompleteBody'],
    ['one is not framed', ([a]) => [a!, data.subarray(8192)], 'IncompleteBody'],
    [
      'a trailer follows',
      ([a, b, c], end) => [a!, b!, c!, end, 'x-amz-checksum-crc32:AAAAAA==\r\n\r\n'],
      'MalformedTrailerError',
    ],
  ])('are refused when %s', async (_, change, code) => {
    const running = await startRunning();
    const request = open(running, SIGNED);
    const { framed, end } = signedChunks(request);
    const body = Buffer.concat(change(framed, end).map((piece) => Buffer.from(piece)));
    await expectNothing(running, await send(running, { ...request, body }), code);
  });

  test('are verified together with a signed trailer', async () => {
    const running = await startRunning();
    const crc = await checksumOf('CRC32C', data);
    const request = open(running, `${SIGNED}-TRAILER`, {
      'x-amz-trailer': 'x-amz-checksum-crc32c',
    });
    const { framed, end, trailer } = signedChunks(request);
    const line = `x-amz-checksum-crc32c:${crc}`;
    const signature = trailer(`${line}\n`);
    const finish = (last: string) =>
      Buffer.concat([...framed, Buffer.from(`${end}${line}\r\n${last}\r\n`)]);
    const wrong = finish(`x-amz-trailer-signature:${'0'.repeat(64)}\r\n`);
    await expectNothing(
      running,
      await send(running, { ...request, body: wrong }),
      'SignatureDoesNotMatch',
    );
    await expectNothing(
      running,
      await send(running, { ...request, body: finish('') }),
      'SignatureDoesNotMatch',
    );
    const body = finish(`x-amz-trailer-signature:${signature}\r\n`);
    expect(await send(running, { ...request, body })).toMatchObject({
      status: 200,
      headers: { 'x-amz-checksum-crc32c': crc },
    });
    await expectStored(running);
  });
});

describe('unsigned chunks with a trailer', () => {
  const chunks = [data.subarray(0, 10_000), data.subarray(10_000)].map((chunk) => frame(chunk));
  const put = (running: Running, body: (Buffer | string)[], headers: Record<string, string> = {}) =>
    send(running, {
      ...open(running, UNSIGNED, { 'x-amz-trailer': 'x-amz-checksum-sha256', ...headers }),
      body: Buffer.concat(body.map((piece) => Buffer.from(piece))),
    });

  test('are taken, and the checksum in the trailer is verified and returned', async () => {
    const running = await startRunning();
    const wrong = await checksumOf('SHA256', Buffer.from('x'));
    const bad = await put(running, [...chunks, `0\r\nx-amz-checksum-sha256:${wrong}\r\n\r\n`]);
    await expectNothing(running, bad, 'BadDigest');
    const right = await checksumOf('SHA256', data);
    const good = await put(running, [...chunks, `0\r\nx-amz-checksum-sha256:${right}\r\n\r\n`]);
    expect(good).toMatchObject({ status: 200, headers: { 'x-amz-checksum-sha256': right } });
    await expectStored(running);
  });

  test.each<[string, string, Record<string, string>, string]>([
    ['is missing', '0\r\n\r\n', {}, 'MalformedTrailerError'],
    [
      'is of another name',
      '0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
      {},
      'MalformedTrailerError',
    ],
    ['has no name', '0\r\nnonsense\r\n\r\n', {}, 'MalformedTrailerError'],
    ['is cut off', '0\r\nx-amz-checksum-sha256:abc', {}, 'IncompleteBody'],
    ['is of no kind', '0\r\n\r\n', { 'x-amz-trailer': 'x-amz-meta-a' }, 'InvalidRequest'],
    ['is endless', `0\r\n${'x'.repeat(10_000)}`, {}, 'IncompleteBody'],
  ])('are refused when it %s', async (_, trailer, headers, code) => {
    const running = await startRunning();
    await expectNothing(running, await put(running, [...chunks, trailer], headers), code);
  });

  test.each([
    ['fewer', '19999'],
    ['more', '20001'],
  ])('are refused when there are %s bytes than announced', async (_, length) => {
    const running = await startRunning();
    const right = await checksumOf('SHA256', data);
    const trailer = `0\r\nx-amz-checksum-sha256:${right}\r\n\r\n`;
    const answer = await put(running, [...chunks, trailer], {
      'x-amz-decoded-content-length': length,
    });
    await expectNothing(running, answer, 'IncompleteBody');
  });

  test('are refused when their length is not announced', async () => {
    const running = await startRunning();
    const { headers, ...request } = signed(
      running,
      {
        method: 'PUT',
        path: '/file-upload/k',
        headers: { 'x-amz-trailer': 'x-amz-checksum-sha256' },
      },
      { payloadHash: UNSIGNED },
    );
    const body = Buffer.concat(chunks);
    const answer = await send(running, {
      ...request,
      headers: { ...headers, 'content-length': String(body.length) },
      body,
    });
    expect(answer).toMatchObject({ status: 411, code: 'MissingContentLength' });
  });

  test('are refused when one before the last is too small, as on S3', async () => {
    const running = await startRunning();
    const small = [data.subarray(0, 8191), data.subarray(8191)].map((chunk) => frame(chunk));
    await expectNothing(running, await put(running, small), 'InvalidChunkSizeError');
  });
});

test('a client that hangs up leaves nothing behind', async () => {
  const running = await startRunning();
  const { port } = new URL(running.embedded.s3Endpoint);
  const request = signed(
    running,
    { method: 'PUT', path: '/file-upload/k', headers: { 'content-length': '1000000' } },
    { payloadHash: 'UNSIGNED-PAYLOAD' },
  );
  const lines = Object.entries(request.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(`PUT ${request.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  await new Promise<void>((resolve) => socket.write(randomBytes(500_000), () => resolve()));
  socket.destroy();
  // Closing waits for what runs.
  const { s3, bucket: Bucket, dataDir } = await running.restart();
  expect((await refusal(s3.send(new HeadObjectCommand({ Bucket, Key: 'k' })))).status).toBe(404);
  expect(await readdir(`${dataDir}/s3/tmp`)).toEqual([]);
  expect(running.reported).toEqual([]);
});

function flip(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  changed[1000]! ^= 1;
  return changed;
}
