import { UploadError } from './upload-error.ts';
import { AttemptError, readRetryAfter } from './upload-retry.ts';

/** Milliseconds that one answer of the service may take. */
const TIMEOUT_MS = 60_000;

/** What every call of the generated client is given here, whatever the client's own configuration. */
export interface CallOptions {
  throwOnError: false;
  responseStyle: 'fields';
  signal: AbortSignal;
}

/** An answer of the generated client. */
interface Answer<Data> {
  data?: Data | undefined;
  error?: unknown;
  request?: Request | undefined;
  response?: Response | undefined;
}

/**
 * Makes one call of the generated client.
 *
 * @throws AttemptError unless there is data
 */
export async function call<Data>(
  signal: AbortSignal,
  send: (options: CallOptions) => Promise<Answer<Data>>,
): Promise<Data> {
  const { data, error, request, response } = await send({
    throwOnError: false,
    responseStyle: 'fields',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  if (data !== undefined) return data;
  // Where not even a request could be made, such as with a malformed baseUrl, the cause does not pass.
  if (!request) throw error;
  if (!response) {
    const reason = new UploadError('SERVICE_UNAVAILABLE', 'The service cannot be reached.', {
      cause: error,
    });
    throw new AttemptError(reason, 'yes');
  }
  const { status } = response;
  // What stands before the service, such as a gateway, answers with no problem of ours.
  const unknown = isPassing(status) ? 'SERVICE_UNAVAILABLE' : 'SERVICE_REFUSED';
  const { code = unknown, message = `The service answered ${status}.` } = (
    typeof error === 'object' ? error : {}
  ) as { code?: string; message?: string };
  const reason = new UploadError(code, message, { status, cause: error });
  // A conflict is one with an earlier attempt, whose answer was lost, and passes when that is over.
  const retry = isPassing(status) || code === 'CONFLICT' ? 'yes' : 'never';
  throw new AttemptError(reason, retry, readRetryAfter(response.headers.get('retry-after')));
}

/** Whether the fault that a status tells of may be over soon. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501);
}
