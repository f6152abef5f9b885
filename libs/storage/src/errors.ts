import { AppError, type ErrorCode } from '@file-upload/shared-types';

/** What S3's and DynamoDB's own error names mean to this service. */
const CODES: Readonly<Record<string, [ErrorCode, string]>> = {
  NoSuchKey: ['OBJECT_MISSING', 'The object is not in the bucket.'],
  NotFound: ['OBJECT_MISSING', 'The object is not in the bucket.'],
  NoSuchUpload: ['UPLOAD_NOT_FOUND', 'The upload does not exist, or it was completed or aborted.'],
  PreconditionFailed: ['PRECONDITION_FAILED', 'The object is not in the state the request needs.'],
  ConditionalRequestConflict: ['CONFLICT', 'Another request changed the object at the same time.'],
  OperationAborted: ['CONFLICT', 'Another request changed the object at the same time.'],
  InvalidRange: ['RANGE_NOT_SATISFIABLE', 'The range starts after the end of the file.'],
  BadDigest: ['CHECKSUM_MISMATCH', 'The bytes that arrived do not have the given checksum.'],
  XAmzContentChecksumMismatch: [
    'CHECKSUM_MISMATCH',
    'The bytes that arrived do not have the given checksum.',
  ],
  InvalidPart: ['INVALID_PART', 'A part is missing, or its ETag is not the one of the upload.'],
  InvalidPartOrder: ['INVALID_PART', 'The parts are not in ascending order.'],
  EntityTooSmall: ['INVALID_PART', 'Every part but the last must have at least 5 MiB.'],
  EntityTooLarge: ['FILE_TOO_LARGE', 'The file is larger than the store takes.'],
};

/** Names of faults that pass: a later try may succeed. */
const PASSING = new Set([
  'TimeoutError',
  'RequestTimeout',
  'RequestTimeoutException',
  'AbortError',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestLimitExceeded',
  'ProvisionedThroughputExceededException',
  'InternalError',
  'InternalServerError',
  'ServiceUnavailable',
]);

/** Node's codes of a connection that failed or broke. */
const BROKEN_CONNECTION =
  /^(E(CONN|PIPE|HOST|NET|TIMEDOUT|AI_AGAIN|NOTFOUND)|ERR_SOCKET|ERR_STREAM)/;

/** Runs an SDK call and translates what it throws; the only place that knows the SDK's errors. */
export async function translated<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw translate(error);
  }
}

/**
 * The service's own error for one that the SDK threw: a code of its own for each condition that a
 * caller can act on, `STORE_UNAVAILABLE` for faults that pass, `STORE_REFUSED` for those that do
 * not (denied, no such bucket or table).
 */
export function translate(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const { name, code, $metadata } = cause as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const known = name === undefined ? undefined : CODES[name];
  if (known) return new AppError(known[0], known[1], { cause });

  const status = $metadata?.httpStatusCode ?? 0;
  if (
    status >= 500 ||
    status === 429 ||
    PASSING.has(name ?? '') ||
    BROKEN_CONNECTION.test(code ?? '')
  ) {
    return new AppError('STORE_UNAVAILABLE', 'The store did not answer in time. Try again.', {
      cause,
    });
  }
  return new AppError('STORE_REFUSED', 'The store refused the request.', { cause });
}

/** Whether `error` has the given code. */
export function hasCode(error: unknown, ...codes: ErrorCode[]): boolean {
  return error instanceof AppError && codes.includes(error.code);
}

/**
 * Awaits a create-only request.
 *
 * @throws OBJECT_EXISTS where S3 says that the key is taken
 */
export async function createOnly<T>(call: Promise<T>): Promise<T> {
  try {
    return await translated(call);
  } catch (error) {
    if (!hasCode(error, 'PRECONDITION_FAILED')) throw error;
    throw new AppError('OBJECT_EXISTS', 'There is an object with this key already.', {
      cause: error,
    });
  }
}
