import { S3Error } from './errors.ts';
import type { ObjectHeaders } from './object-index.ts';
import { parseTagHeader } from './tags.ts';

/** The headers that S3 stores with an object and gives back. */
export const STORED_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
] as const;

export const METADATA_PREFIX = 'x-amz-meta-';
const MAX_METADATA_BYTES = 2048;
const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';

/**
 * Reads what a create stores beside the bytes.
 *
 * @param fields headers, or the fields of a form, by lower-case name
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 * @throws S3Error MetadataTooLarge, InvalidTag, InvalidArgument
 */
export function readObjectHeaders(fields: ReadonlyMap<string, string>): ObjectHeaders {
  const headers: Record<string, string> = { 'content-type': DEFAULT_CONTENT_TYPE };
  for (const name of STORED_HEADERS) {
    const value = fields.get(name);
    if (value) headers[name] = requireHeaderValue(name, value);
  }
  // aws-chunked is how the body travelled, not what it is.
  const encoding = (headers['content-encoding'] ?? '')
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding.toLowerCase() !== 'aws-chunked')
    .join(',');
  if (encoding === '') delete headers['content-encoding'];
  else headers['content-encoding'] = encoding;

  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of fields) {
    if (!name.startsWith(METADATA_PREFIX)) continue;
    const short = name.slice(METADATA_PREFIX.length);
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(short)) {
      throw new S3Error('InvalidArgument', `${name} is not a name for metadata.`);
    }
    metadata[short] = requireHeaderValue(name, value);
    bytes += short.length + value.length;
  }
  if (bytes > MAX_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', undefined, {
      Size: String(bytes),
      MaxSizeAllowed: String(MAX_METADATA_BYTES),
    });
  }
  return { headers, metadata, tags: parseTagHeader(fields.get('x-amz-tagging')) };
}

/** A value that can be given back as a header: bytes, none of them a control character. */
export function requireHeaderValue(name: string, value: string): string {
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    throw new S3Error('InvalidArgument', `The value of ${name} cannot be sent in a header.`);
  }
  return value;
}

/** Text as the bytes of its UTF-8, one a character, which is how headers carry it. */
export function asHeaderBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** S3 gives metadata outside US-ASCII back as an encoded word (RFC 2047). */
export function metadataHeaders(metadata: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      METADATA_PREFIX + name,
      /^[\t\x20-\x7e]*$/.test(value)
        ? value
        : `=?UTF-8?B?${Buffer.from(value, 'latin1').toString('base64')}?=`,
    ]),
  );
}
