/** The origin of a page (RFC 6454 section 6.2): a scheme, a host and, where it is another, a port. */
const PATTERN = /^[a-z][a-z\d+.-]*:\/\/([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/** The origins of a comma-separated list as browsers send them; `*` where that is among them. */
export function originsOf(list: string): '*' | string[] {
  const origins = partsOf(list);
  return origins.includes('*') ? '*' : origins.map(asSent);
}

/** What of a list cannot be used, and why; undefined where all of it can. */
export function originProblem(list: string): string | undefined {
  const wrong = partsOf(list).find((origin) => origin !== '*' && !isOrigin(origin));
  return wrong === undefined
    ? undefined
    : `has ${JSON.stringify(wrong)}, which is neither * nor an origin such as https://example.com or http://localhost:4200`;
}

function partsOf(list: string): string[] {
  return list.split(',').map((origin) => origin.trim());
}

function isOrigin(text: string): boolean {
  return PATTERN.test(text) && URL.canParse(text);
}

/** In lower case, without the port that the scheme has anyway. */
function asSent(origin: string): string {
  return /^https?:/i.test(origin) ? new URL(origin).origin : origin.toLowerCase();
}
