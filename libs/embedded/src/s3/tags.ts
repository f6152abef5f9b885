import { S3Error } from './errors.ts';
import { decodePairs } from './uri.ts';
import { readXml } from './xml.ts';

export type Tags = [key: string, value: string][];

/** The `x-amz-tagging` header: `key=value&...`, URL-encoded. */
export function parseTagHeader(header: string | undefined): Tags {
  if (!header) return [];
  try {
    return requireTags(decodePairs(header));
  } catch (error) {
    if (error instanceof S3Error && error.code === 'InvalidURI') {
      throw new S3Error(
        'InvalidArgument',
        'The header x-amz-tagging shall be encoded as UTF-8 then URLEncoded URL query parameters.',
      );
    }
    throw error;
  }
}

export function parseTagXml(xml: string): Tags {
  const sets = readXml(xml, 'Tagging').all('TagSet');
  if (sets.length !== 1) throw new S3Error('MalformedXML');
  const tags = sets[0]?.all('Tag') ?? [];
  return requireTags(
    tags.map((tag): [string, string] => {
      const [key, value] = [tag.text('Key'), tag.text('Value')];
      if (key === undefined || value === undefined) throw new S3Error('MalformedXML');
      return [key, value];
    }),
  );
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
function requireTags(tags: Tags): Tags {
  if (tags.length > 10) {
    throw new S3Error('BadRequest', 'Object tags cannot be greater than 10');
  }
  if (new Set(tags.map(([key]) => key)).size !== tags.length) {
    throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
  }
  for (const [key, value] of tags) {
    if (key === '' || [...key].length > 128 || !isTagText(key)) {
      throw new S3Error('InvalidTag', 'The TagKey you have provided is invalid');
    }
    if (key.toLowerCase().startsWith('aws:')) {
      throw new S3Error('InvalidTag', 'System tags cannot be added/updated by requester');
    }
    if ([...value].length > 256 || !isTagText(value)) {
      throw new S3Error('InvalidTag', 'The TagValue you have provided is invalid');
    }
  }
  return tags;
}

function isTagText(text: string): boolean {
  return /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text);
}
