import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import dynalite from 'dynalite';
import { repairIndexes } from './dynamodb-indexes.ts';
import { listenOnLoopback, type Listening } from './listening.ts';
import { verifyHeader, type Credentials } from './s3/authenticate.ts';
import { S3Error } from './s3/errors.ts';
import { newRequestId, parseRequest } from './s3/request.ts';

/** DynamoDB takes at most 16 MiB in one request. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Runs dynalite on a free port. It does not verify signatures itself, and it throws where nobody
 * can catch when a client hangs up in the middle of a request; so each request is read whole and
 * its signature verified before dynalite sees it.
 *
 * @param folder where the tables are kept
 */
export async function startDynamodb(folder: string, credentials: Credentials): Promise<Listening> {
  const running = `${folder}.running`;
  if (existsSync(running)) await repairIndexes(folder);
  await writeFile(running, 'While this file is here, dynalite runs, or was killed.\n');
  const server = dynalite({ path: folder, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const [serve] = server.listeners('request') as ((
    request: Readable,
    response: ServerResponse,
  ) => void)[];
  server.removeAllListeners('request');
  server.on('request', (http: IncomingMessage, response: ServerResponse) => {
    readVerified(http, credentials).then(
      (body) => serve?.(replay(http, body), response),
      (error: unknown) => refuse(response, error),
    );
  });
  const { endpoint, close } = await listenOnLoopback(server, 0);
  return {
    endpoint,
    async close() {
      await close();
      await rm(running);
    },
  };
}

async function readVerified(http: IncomingMessage, credentials: Credentials): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of http as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new S3Error('EntityTooLarge');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const payloadHash = createHash('sha256').update(body).digest('hex');
  verifyHeader(parseRequest(http, newRequestId()), credentials, {
    service: 'dynamodb',
    payloadHash,
  });
  return body;
}

/** The request once more, as a stream that cannot fail. */
function replay({ method, url, headers }: IncomingMessage, body: Buffer): Readable {
  return Object.assign(Readable.from(body.length > 0 ? [body] : []), { method, url, headers });
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
function refuse(response: ServerResponse, error: unknown): void {
  if (!(error instanceof S3Error)) return void response.destroy();
  const type =
    error.code === 'InvalidAccessKeyId'
      ? 'UnrecognizedClientException'
      : error.code === 'SignatureDoesNotMatch' || error.code === 'RequestTimeTooSkewed'
        ? 'InvalidSignatureException'
        : error.code === 'EntityTooLarge'
          ? 'RequestEntityTooLargeException'
          : 'IncompleteSignatureException';
  const body = JSON.stringify({
    __type: `com.amazon.coral.service#${type}`,
    message: error.message,
  });
  response.writeHead(type === 'RequestEntityTooLargeException' ? 413 : 400, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
