/** A media type (RFC 6838 section 4.2), all of a kind, or everything. */
const PATTERN = /^(\*\/\*|[a-z\d][\w!#$&^.+-]*\/(\*|[a-z\d][\w!#$&^.+-]*))$/i;

/** The patterns of a comma-separated list, such as `image/*, application/pdf`. */
export function mediaTypesOf(list: string): string[] {
  return list.split(',').map((pattern) => pattern.trim());
}

/** What of a list cannot be used, and why; undefined where all of it can. */
export function mediaTypeProblem(list: string): string | undefined {
  const wrong = mediaTypesOf(list).find((pattern) => !PATTERN.test(pattern));
  return wrong === undefined
    ? undefined
    : `has ${JSON.stringify(wrong)}, which is neither a media type such as image/png, nor a kind such as image/*, nor */*`;
}
