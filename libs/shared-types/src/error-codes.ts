/**
 * Every error the service reports, by its stable code. The meaning of a code never changes; the
 * api maps each one to an HTTP status.
 */
export const ERROR_CODES = [
  // who the client is
  'TOKEN_REQUIRED',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  // what the client sent
  'INVALID_REQUEST',
  'INVALID_JSON',
  'EMPTY_BODY',
  'INVALID_BASE64',
  'INVALID_FORM',
  'FILE_PART_MISSING',
  'TOO_MANY_FILES',
  'INVALID_FILE_NAME',
  'INVALID_CONTENT_TYPE',
  'CONTENT_TYPE_NOT_ALLOWED',
  'PUBLIC_FILES_NOT_ALLOWED',
  'INVALID_FILE_ID',
  'INVALID_CURSOR',
  'INVALID_IDEMPOTENCY_KEY',
  'CHECKSUM_MISMATCH',
  'CHECKSUM_NOT_SUPPORTED',
  'SIZE_MISMATCH',
  'INVALID_PART_NUMBER',
  'FILE_TOO_LARGE',
  'HEADERS_TOO_LARGE',
  'REQUEST_TIMEOUT',
  'UPLOAD_INTERRUPTED',
  'UNSUPPORTED_MEDIA_TYPE',
  'METHOD_NOT_ALLOWED',
  'ROUTE_NOT_FOUND',
  // what the state of the service does not allow
  'FILE_NOT_FOUND',
  'FILE_NOT_READY',
  'OBJECT_MISSING',
  'OBJECT_EXISTS',
  'IDEMPOTENCY_KEY_REUSED',
  'CONFLICT',
  'UPLOAD_NOT_FOUND',
  'UPLOAD_FINISHED',
  'INVALID_PART',
  'FILE_REJECTED',
  'RANGE_NOT_SATISFIABLE',
  'PRECONDITION_FAILED',
  'EVENTS_NOT_AVAILABLE',
  // what the service failed at
  'STORE_UNAVAILABLE',
  'STORE_REFUSED',
  'INTERNAL_ERROR',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * An error with a stable code and a message written for the person who reads it. Libraries throw
 * it; only the api knows about HTTP statuses.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  /** Further members of the problem details, such as `validation_status`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
  }
}
