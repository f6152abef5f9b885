import { S3Error } from './errors.ts';
import type { ObjectRecord } from './object-index.ts';

type Field = (name: string) => string | undefined;

/**
 * Decides a conditional read. ETag conditions go before dates: `If-Match` that holds makes
 * `If-Unmodified-Since` moot, and `If-None-Match` makes `If-Modified-Since` moot.
 *
 * @param prefix `x-amz-copy-source-` for the source of a copy
 * @returns whether the client's copy is still good, so that 304 is the answer
 * @throws S3Error PreconditionFailed
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 * @see RFC 9110, section 13.2.2
 */
export function checkReadConditions(field: Field, object: ObjectRecord, prefix = ''): boolean {
  const ifMatch = field(`${prefix}if-match`);
  const ifNoneMatch = field(`${prefix}if-none-match`);
  const unmodifiedSince = parseDate(field(`${prefix}if-unmodified-since`));
  const modifiedSince = parseDate(field(`${prefix}if-modified-since`));
  const modified = Math.floor(object.lastModified / 1000) * 1000;

  const failed =
    ifMatch !== undefined
      ? !etagMatches(ifMatch, object.etag) && 'If-Match'
      : unmodifiedSince !== undefined && modified > unmodifiedSince && 'If-Unmodified-Since';
  if (failed) throw new S3Error('PreconditionFailed', undefined, { Condition: failed });

  return ifNoneMatch !== undefined
    ? etagMatches(ifNoneMatch, object.etag)
    : modifiedSince !== undefined && modified <= modifiedSince;
}

/**
 * Decides a conditional write, against the object that is there now.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWriteConditions(field: Field, current: ObjectRecord | undefined): void {
  const ifNoneMatch = field('if-none-match');
  const ifMatch = field('if-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error(
      'NotImplemented',
      'A header you provided implies functionality that is not implemented: If-None-Match other than *',
    );
  }
  if (ifNoneMatch !== undefined && ifMatch !== undefined) {
    throw new S3Error('InvalidRequest', 'If-Match and If-None-Match cannot be used together.');
  }
  if (ifNoneMatch !== undefined && current) {
    throw new S3Error('PreconditionFailed', undefined, { Condition: 'If-None-Match' });
  }
  if (ifMatch === undefined) return;
  if (!current) throw new S3Error('NoSuchKey');
  if (!etagMatches(ifMatch, current.etag)) {
    throw new S3Error('PreconditionFailed', undefined, { Condition: 'If-Match' });
  }
}

/** Takes a list of ETags, quoted or not, or `*`. */
export function etagMatches(list: string, etag: string): boolean {
  return list
    .split(',')
    .map((item) => unquote(item.trim().replace(/^W\//, '')))
    .some((item) => item === '*' || item === etag);
}

export function unquote(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}

/** Dates that cannot be read are ignored (RFC 9110, section 13.1.3). */
function parseDate(text: string | undefined): number | undefined {
  const millis = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(millis) ? undefined : millis;
}
