import { S3Error } from './errors.ts';
import type { Listing } from './object-index.ts';
import { uriEncode } from './uri.ts';

export interface PageOptions<Value> {
  prefix: string;
  delimiter: string;
  /** The page begins after this key (or common prefix); empty for the first page. */
  after: string;
  /** Leaves out what `after` is a prefix of, too. */
  afterAll?: boolean;
  max: number;
  keyOf: (entry: [key: string, value: Value]) => string;
}

export interface Page<Value> {
  entries: [key: string, value: Value][];
  commonPrefixes: string[];
  truncated: boolean;
  /** The last key or common prefix of the page. */
  last: string;
}

/**
 * Takes one page off a listing. Keys that have the delimiter after the prefix are rolled up into
 * a common prefix, which counts as one entry.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
 */
export async function takePage<Value>(
  listing: Listing<Value>,
  options: PageOptions<Value>,
): Promise<Page<Value>> {
  const { prefix, delimiter, after, max } = options;
  const page: Page<Value> = { entries: [], commonPrefixes: [], truncated: false, last: '' };
  const rollUp = (key: string): string | undefined => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return end === -1 ? undefined : key.slice(0, end + delimiter.length);
  };
  try {
    if (Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0 && after !== '') {
      listing.skip(after, options.afterAll === true || rollUp(after) === after);
    }
    if (max === 0) return page;
    for (let entry = await listing.next(); entry; entry = await listing.next()) {
      if (page.entries.length + page.commonPrefixes.length === max) {
        page.truncated = true;
        break;
      }
      const commonPrefix = rollUp(options.keyOf(entry));
      if (commonPrefix === undefined) {
        page.entries.push(entry);
        page.last = entry[0];
      } else {
        page.commonPrefixes.push(commonPrefix);
        page.last = commonPrefix;
        listing.skip(commonPrefix, true);
      }
    }
  } finally {
    await listing.close();
  }
  return page;
}

/** Reads `max-keys` and its like: 0 to 1,000, and more counts as 1,000. */
export function readMax(text: string | undefined, name: string): number {
  if (text === undefined || text === '') return 1000;
  if (!/^[0-9]{1,10}$/.test(text) || Number(text) > 2_147_483_647) {
    throw new S3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`);
  }
  return Math.min(Number(text), 1000);
}

/** How keys are written in a listing: as they are, or URL-encoded where the client asks. */
export function readEncoding(query: ReadonlyMap<string, string>): {
  encode: (key: string) => string;
  element: { EncodingType?: string };
} {
  const type = query.get('encoding-type');
  if (type === undefined) return { encode: (key) => key, element: {} };
  if (type !== 'url') {
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request');
  }
  return {
    encode: (key) => key.split('/').map(uriEncode).join('/'),
    element: { EncodingType: 'url' },
  };
}
