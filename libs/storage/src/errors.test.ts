import { AppError, type ErrorCode } from '@file-upload/shared-types';
import { translate } from './errors.ts';

/** An error as the SDK throws it. */
function thrown(name: string, status: number): Error {
  return Object.assign(new Error('No.'), { name, $metadata: { httpStatusCode: status } });
}

test.each<[string, number, ErrorCode]>([
  ['NoSuchKey', 404, 'OBJECT_MISSING'],
  ['NoSuchUpload', 404, 'UPLOAD_NOT_FOUND'],
  ['PreconditionFailed', 412, 'PRECONDITION_FAILED'],
  ['ConditionalRequestConflict', 409, 'CONFLICT'],
  ['BadDigest', 400, 'CHECKSUM_MISMATCH'],
  ['InvalidPartOrder', 400, 'INVALID_PART'],
  ['EntityTooLarge', 400, 'FILE_TOO_LARGE'],
  ['InvalidRange', 416, 'RANGE_NOT_SATISFIABLE'],
  ['InternalError', 200, 'STORE_UNAVAILABLE'],
  ['SomethingNew', 500, 'STORE_UNAVAILABLE'],
  ['TooManyRequests', 429, 'STORE_UNAVAILABLE'],
  ['ProvisionedThroughputExceededException', 400, 'STORE_UNAVAILABLE'],
  ['AccessDenied', 403, 'STORE_REFUSED'],
  ['NoSuchBucket', 404, 'STORE_REFUSED'],
  ['ResourceNotFoundException', 400, 'STORE_REFUSED'],
  ['SomethingNew', 400, 'STORE_REFUSED'],
])('%s with %d is %s', (name, status, code) => {
  const cause = thrown(name, status);
  expect(translate(cause)).toMatchObject({ code, cause });
});

test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ENOTFOUND'])(
  'a connection that ends with %s is STORE_UNAVAILABLE',
  (code) => {
    expect(translate(Object.assign(new Error('No.'), { code })).code).toBe('STORE_UNAVAILABLE');
  },
);

test('an error of this service stays what it is', () => {
  const error = new AppError('FILE_TOO_LARGE', 'Too large.');
  expect(translate(error)).toBe(error);
});
