import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, LIMITS, type ErrorCode, type Problem } from '@file-upload/shared-types';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

/** What HTTP calls each error. A code without a status does not compile. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID_REQUEST: 400,
  INVALID_JSON: 400,
  EMPTY_BODY: 400,
  INVALID_BASE64: 400,
  INVALID_FORM: 400,
  FILE_PART_MISSING: 400,
  TOO_MANY_FILES: 400,
  INVALID_FILE_NAME: 400,
  INVALID_CONTENT_TYPE: 400,
  INVALID_FILE_ID: 400,
  INVALID_CURSOR: 400,
  INVALID_IDEMPOTENCY_KEY: 400,
  CHECKSUM_MISMATCH: 400,
  CHECKSUM_NOT_SUPPORTED: 400,
  SIZE_MISMATCH: 400,
  INVALID_PART_NUMBER: 400,
  UPLOAD_INTERRUPTED: 400,
  TOKEN_REQUIRED: 401,
  TOKEN_INVALID: 401,
  TOKEN_EXPIRED: 401,
  PUBLIC_FILES_NOT_ALLOWED: 403,
  ROUTE_NOT_FOUND: 404,
  FILE_NOT_FOUND: 404,
  OBJECT_MISSING: 404,
  UPLOAD_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  FILE_NOT_READY: 409,
  OBJECT_EXISTS: 409,
  CONFLICT: 409,
  INVALID_PART: 409,
  UPLOAD_FINISHED: 409,
  PRECONDITION_FAILED: 412,
  FILE_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  CONTENT_TYPE_NOT_ALLOWED: 415,
  RANGE_NOT_SATISFIABLE: 416,
  FILE_REJECTED: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
  HEADERS_TOO_LARGE: 431,
  INTERNAL_ERROR: 500,
  STORE_REFUSED: 500,
  EVENTS_NOT_AVAILABLE: 501,
  STORE_UNAVAILABLE: 503,
};

/** Seconds after which a client may try again what failed for a passing reason. */
const RETRY_AFTER = 2;

/** What Fastify's own errors are called here. */
const FASTIFY_ERRORS: Readonly<Record<string, [ErrorCode, string]>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: ['EMPTY_BODY', 'The request has no body. Send JSON or a form.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['INVALID_JSON', 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'UNSUPPORTED_MEDIA_TYPE',
    'Send application/json or multipart/form-data.',
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: ['FILE_TOO_LARGE', 'The body is larger than this request takes.'],
  FST_ERR_BAD_URL: ['INVALID_REQUEST', 'The path is not a valid URL.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'INVALID_REQUEST',
    'The body does not have the length that the Content-Length header says.',
  ],
};

/** What is wrong with members that have a code of their own when they do not fit their schema. */
const INVALID_MEMBER: Readonly<Record<string, [ErrorCode, string]>> = {
  file_id: ['INVALID_FILE_ID', 'file_id is not a UUID in lower case.'],
  file_name: [
    'INVALID_FILE_NAME',
    `file_name is not text of 1 to ${LIMITS.fileNameLength} characters.`,
  ],
  content_type: ['INVALID_CONTENT_TYPE', 'content_type is not a media type such as image/png.'],
  filename: [
    'INVALID_FILE_NAME',
    `filename is not text of 1 to ${LIMITS.fileNameLength} characters.`,
  ],
  type: ['INVALID_CONTENT_TYPE', 'type is neither empty nor a media type such as image/png.'],
  metadata: ['INVALID_REQUEST', 'metadata.visibility is neither public nor private.'],
  'metadata[visibility]': [
    'INVALID_REQUEST',
    'metadata[visibility] is neither public nor private.',
  ],
  partNumber: ['INVALID_PART_NUMBER', `partNumber is not a number from 1 to ${LIMITS.maxParts}.`],
  partNumbers: [
    'INVALID_PART_NUMBER',
    `partNumbers are not 1 to ${LIMITS.partsPerRequest} numbers from 1 to ${LIMITS.maxParts}, with commas between them.`,
  ],
  cursor: ['INVALID_CURSOR', 'cursor is not one that this service gave.'],
  file_content: ['INVALID_BASE64', 'file_content is missing or not text.'],
  checksum: [
    'INVALID_REQUEST',
    'checksum is not {"algorithm": "SHA256" or "CRC64NVME", "value": the checksum in base64}.',
  ],
  part_numbers: [
    'INVALID_PART_NUMBER',
    `part_numbers are not 1 to ${LIMITS.partsPerRequest} different numbers from 1 to ${LIMITS.maxParts}.`,
  ],
  'idempotency-key': [
    'INVALID_IDEMPOTENCY_KEY',
    `Idempotency-Key is not 1 to ${LIMITS.idempotencyKeyLength} visible ASCII characters.`,
  ],
};

/** The HTTP status of a code. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code];
}

/** An error as problem details (RFC 9457). A 5xx says nothing of what happened inside. */
export function toProblem(error: AppError, requestId: string): Problem {
  const status = STATUS[error.code];
  return {
    ...error.details,
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: error.code,
    message:
      status === 500 ? 'The service failed. Its log knows the request by its id.' : error.message,
    request_id: requestId,
  };
}

/** Answers an error of any kind with problem details, and logs it. */
export function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const known = toAppError(error);
  if (STATUS[known.code] >= 500) request.log.error({ err: error }, known.message);
  else request.log.info({ code: known.code, reason: known.message }, 'refused');
  sendProblem(request, reply, known);
}

/** Sends an error as the answer to `request`. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: AppError): void {
  const status = STATUS[error.code];
  if (status === 503) void reply.header('retry-after', RETRY_AFTER);
  // RFC 9110 section 15.5.2 asks for one.
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  // A body that is not read to its end would be taken for the next request.
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (!request.raw.complete && (length ?? encoding)) void reply.header('connection', 'close');
  void reply
    .code(status)
    .header('x-request-id', request.id)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(toProblem(error, request.id));
}

function toAppError(error: FastifyError): AppError {
  if (error instanceof AppError) return error;
  const known = FASTIFY_ERRORS[error.code];
  if (known) return new AppError(known[0], known[1], { cause: error });
  if (error.validation) return invalidMember(error);
  if (error.statusCode === 400) return new AppError('INVALID_REQUEST', error.message);
  return new AppError('INTERNAL_ERROR', 'Unexpected error.', { cause: error });
}

function invalidMember(error: FastifyError): AppError {
  const [first] = error.validation ?? [];
  const { missingProperty, additionalProperty } = first?.params as Record<string, string>;
  if (additionalProperty) {
    return new AppError('INVALID_REQUEST', `There is no member "${additionalProperty}".`);
  }
  const member = first?.instancePath.split('/')[1] ?? missingProperty ?? '';
  const [code, message] = INVALID_MEMBER[member] ?? ['INVALID_REQUEST', `${error.message}.`];
  return new AppError(code, message, { cause: error });
}

/** Answers what is not HTTP enough to become a request (RFC 9112), on the bare socket. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const problem = toProblem(
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new AppError('HEADERS_TOO_LARGE', 'The headers of the request have more than 16 KiB.')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new AppError('REQUEST_TIMEOUT', 'The headers of the request took too long.')
        : new AppError('INVALID_REQUEST', 'The request is not valid HTTP.'),
    randomUUID(),
  );
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\n` +
      'Content-Type: application/problem+json\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Request-Id: ${problem.request_id}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}
