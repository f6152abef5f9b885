import type { Detection } from './detect-type.ts';
import { FAMILIES, OPEN_DOCUMENT, OPEN_XML, type Family } from './type-families.ts';

/** A media type without its parameters, in lower case (RFC 9110, section 8.3.1). */
export function mediaType(contentType: string): string {
  return contentType.replace(/;.*/s, '').trim().toLowerCase();
}

/** What clients declare that know nothing of a file. */
const UNKNOWN = new Set([
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-octet-stream',
  'application/binary',
  'application/unknown',
  'unknown/unknown',
  'application/force-download',
  'application/download',
  'application/x-download',
]);

/** Whether a declared type says nothing of the bytes. */
export function saysNothing(declared: string): boolean {
  return declared === '' || UNKNOWN.has(declared);
}

/** Whether files found to be of one type are honestly declared as the other, or it is the same. */
export function mayBeDeclared(declared: string, found: string): boolean {
  const type = withoutSuffix(found);
  return declared === found || familiesOf(declared).some((family) => family.found.has(type));
}

/**
 * Whether bytes contradict a declared type.
 *
 * - A type that says nothing, and one that is not among the {@link FAMILIES}, is contradicted by
 *   nothing: there is no way to know.
 * - Pictures and PDF are contradicted by bytes that do not show them.
 * - Texts are contradicted by binary formats alone: one text may look like another.
 * - Everything else is contradicted by what is found to be something else, and not by finding
 *   nothing.
 */
export function contradicts(declared: string, found: Detection | undefined): boolean {
  if (saysNothing(declared)) return false;
  if (found?.type !== undefined && mayBeDeclared(declared, found.type)) return false;
  const families = familiesOf(declared);
  if (families.some((family) => family.isAlwaysFound)) return true;
  if (!found) return false;
  return isTextType(declared) ? !found.isText : families.length > 0;
}

function familiesOf(declared: string): readonly Family[] {
  const type = withoutSuffix(declared);
  return FAMILIES.filter((family) => family.declared.has(type));
}

const OPEN_XML_TYPE =
  /^application\/vnd\.(openxmlformats-officedocument\..*|ms-[a-z]+\..*macroenabled.*)(?<!\+xml)$/;
const OPEN_DOCUMENT_TYPE = /^application\/vnd\.(oasis\.opendocument|sun\.xml)\..*(?<!-xml|\+xml)$/;

/**
 * The format around a type, which a suffix of it may name.
 *
 * @see https://www.iana.org/assignments/media-type-structured-suffix
 */
function withoutSuffix(type: string): string {
  if (OPEN_XML_TYPE.test(type)) return OPEN_XML;
  if (OPEN_DOCUMENT_TYPE.test(type)) return OPEN_DOCUMENT;
  const suffix = /\+(zip|gzip|zstd|sqlite3)$/.exec(type)?.[1];
  if (suffix === undefined) return type;
  return suffix === 'sqlite3' ? 'application/vnd.sqlite3' : `application/${suffix}`;
}

const TEXT_TYPE =
  /^(text|message)\/|\+(xml|json|yaml|json-seq)$|^application\/(xml|json|json5|jsonl|x-ndjson|ndjson|yaml|x-yaml|toml|sql|x-sql|graphql|csv|javascript|x-javascript|ecmascript|typescript|x-typescript|x-sh|x-shellscript|x-csh|x-perl|x-python|x-ruby|x-php|x-httpd-php|x-tex|x-latex|x-subrip|xml-dtd|xhtml|x-www-form-urlencoded|mbox|pgp-keys|pgp-signature)$/;

function isTextType(declared: string): boolean {
  return TEXT_TYPE.test(declared);
}
