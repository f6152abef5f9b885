import { S3Error } from './errors.ts';

/**
 * Percent-encodes all but RFC 3986's unreserved characters, as Signature Version 4 and
 * `encoding-type=url` want it.
 */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** @throws S3Error InvalidURI where the text is not percent-encoded UTF-8 */
export function uriDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI');
  }
}

/** Splits and decodes `a=1&b`. A plus sign is a space, as in S3's queries and tag lists. */
export function decodePairs(text: string): [name: string, value: string][] {
  if (text === '') return [];
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const [name, value] =
        equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [uriDecode(name.replaceAll('+', ' ')), uriDecode(value.replaceAll('+', ' '))];
    });
}
