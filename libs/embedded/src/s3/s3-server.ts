import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { PUBLIC_READ_TAG } from '@file-upload/shared-types';
import { authenticate, type Authentication, type Credentials } from './authenticate.ts';
import { allowOrigin, preflight } from './cors.ts';
import { diskTrouble } from './disk-errors.ts';
import { S3Error } from './errors.ts';
import { ClientGone } from './object-read.ts';
import { findOperation, type Operation } from './operations.ts';
import { postObject } from './post-object.ts';
import { headerOf, newRequestId, parseRequest, type S3Request } from './request.ts';
import type { Store } from './store.ts';
import { writeErrorXml } from './xml.ts';

export interface S3ServerOptions {
  store: Store;
  credentials: Credentials;
  /** How long a socket may be silent while the server waits for the client, in milliseconds. */
  idleMillis: number;
  /** Told of every error that is the server's own. */
  report: (error: unknown) => void;
}

/** An HTTP server that speaks S3 about what is in the store. Not yet listening. */
export function createS3Server(options: S3ServerOptions): Server {
  const server = createServer({
    // The length of a transfer is nobody's business; silence is, and slow headers are.
    requestTimeout: 0,
    headersTimeout: options.idleMillis,
    keepAliveTimeout: options.idleMillis,
  });
  server.timeout = options.idleMillis;
  const handle = (http: IncomingMessage, response: ServerResponse): void => {
    void answer(options, http, response);
  };
  server.on('request', handle);
  server.on('checkContinue', handle);
  return server;
}

async function answer(
  options: S3ServerOptions,
  http: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const id = newRequestId();
  response.setHeader('x-amz-request-id', id);
  try {
    const request = parseRequest(http, id);
    await options.store.index.ready();
    if (request.bucket !== '') allowOrigin(options.store, request, response);
    await dispatch(options, request, response);
  } catch (error) {
    answerError(options, { http, response, id }, error);
  }
}

async function dispatch(
  { store, credentials }: S3ServerOptions,
  request: S3Request,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'OPTIONS') return preflight(store, request, response);
  // A form carries its signature in its fields, so it is told apart before all else.
  if (isForm(request)) {
    const auth: Authentication = { how: 'anonymous', payloadHash: 'UNSIGNED-PAYLOAD' };
    return postObject({ store, request, response, auth }, credentials);
  }
  const auth = authenticate(request, credentials);
  const operation = auth.how === 'anonymous' ? undefined : findOperation(request);
  // Nothing may come between the decision that an object is public and reading its record.
  await (operation ?? publicOperation(store, request)).handle({ store, request, response, auth });
}

function isForm(request: S3Request): boolean {
  return (
    request.method === 'POST' &&
    request.bucket !== '' &&
    request.key === '' &&
    request.queryPairs.length === 0 &&
    /^multipart\/form-data\b/i.test(headerOf(request.http, 'content-type') ?? '')
  );
}

/**
 * What the bucket policy of the deployed system allows to everybody: reading an object that is
 * tagged as public. All else is denied alike, so nobody learns what exists.
 */
function publicOperation(store: Store, request: S3Request): Operation {
  const object = request.key === '' ? undefined : store.index.object(request.bucket, request.key);
  const readable = object?.tags.some(
    ([key, value]) => key === PUBLIC_READ_TAG.key && value === PUBLIC_READ_TAG.value,
  );
  const operation = readable ? findOperation(request) : undefined;
  if (!operation?.public) throw new S3Error('AccessDenied');
  return operation;
}

function answerError(
  options: S3ServerOptions,
  { http, response, id }: { http: IncomingMessage; response: ServerResponse; id: string },
  thrown: unknown,
): void {
  const error = asS3Error(thrown);
  if (error.status >= 500 && error.code !== 'NotImplemented' && !(thrown instanceof ClientGone)) {
    options.report(thrown);
  }
  // Too late to say anything: a torn answer must not look like a whole one.
  if (response.headersSent) return void response.destroy();
  // A client that waited for leave to send and did not get it will not send.
  if (http.headers.expect !== undefined && !http.readableDidRead) {
    response.setHeader('connection', 'close');
  }
  // The rest of a body that was refused is let go by; clients read no answer before they sent all.
  http.resume();
  response.statusCode = error.status;
  if (http.method === 'HEAD') return void response.end();
  const body = Buffer.from(
    writeErrorXml({
      Code: error.code,
      Message: error.message,
      ...error.details,
      Resource: http.url?.split('?', 1)[0],
      RequestId: id,
    }),
  );
  response.setHeader('content-type', 'application/xml');
  response.setHeader('content-length', body.length);
  response.end(body);
}

/** A disk that is full or read-only is said to be so; everything else stays inside. */
function asS3Error(thrown: unknown): S3Error {
  if (thrown instanceof S3Error) return thrown;
  const trouble = diskTrouble(thrown);
  if (trouble === 'full') return new S3Error('InsufficientStorage');
  if (trouble === 'read-only') {
    return new S3Error('InsufficientStorage', 'The disk that holds the objects is read-only.');
  }
  return new S3Error('InternalError');
}
