/** What a text is, by how it starts. */
export interface MarkupFinding {
  /** Media type, where there is one for it. */
  type?: string;
  /** What to call it in a sentence. */
  name: string;
}

const HTML = { type: 'text/html', name: 'text/html' };
const XHTML = { type: 'application/xhtml+xml', name: 'application/xhtml+xml' };
const XML = { type: 'application/xml', name: 'application/xml' };
const SVG = { type: 'image/svg+xml', name: 'image/svg+xml' };
const SCRIPT = { name: 'a script' };

/**
 * The elements that make a resource HTML, wherever it says that it comes from.
 *
 * @see https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type
 */
const HTML_ELEMENTS = new Set(
  'html head script iframe h1 div font table a style title b body br p'.split(' '),
);

/**
 * Markup or a script in the first bytes of a file: what a browser or a server may run, and what
 * has no signature. Looks past a byte order mark, white space, comments, processing instructions
 * and the document type. Takes time in proportion to the bytes, whatever they are.
 */
export function detectMarkup(head: Uint8Array): MarkupFinding | undefined {
  const text = decode(head);
  if (/^#![ \t]*\//.test(text)) return SCRIPT;

  let at = 0;
  let fallback: MarkupFinding | undefined;
  let doctype: string | undefined;
  for (;;) {
    at += match(/[\t\n\f\r ]*/y, text, at)?.[0].length ?? 0;
    let end: number;
    if (text.startsWith('<!--', at)) {
      end = endOf('-->', text, at + 4);
      // The standard takes a comment for HTML; what comes after it may know better.
      fallback ??= HTML;
    } else if (match(/<\?(php|=|\s)/iy, text, at)) {
      return SCRIPT;
    } else if (match(/<\?[a-z]/iy, text, at)) {
      fallback = XML;
      end = endOf('?>', text, at);
    } else {
      const name = match(/<!doctype[\t\n\f\r ]+([\w:.-]+)/iy, text, at)?.[1];
      if (name === undefined) break;
      doctype = name;
      if (doctype.toLowerCase() === 'html') return fallback === XML ? XHTML : HTML;
      fallback = XML;
      end = endOfDoctype(text, at);
    }
    if (end < 0) return doctype === 'svg' ? SVG : fallback;
    at = end;
  }

  const tag = match(/<([A-Za-z_][\w.:-]*)[\t\n\f\r />]/y, text, at)?.[1];
  if (tag === undefined) return fallback;
  if (/^([\w.-]+:)?svg$/.test(tag)) return SVG;
  if (HTML_ELEMENTS.has(tag.toLowerCase())) return fallback === XML ? XHTML : HTML;
  return fallback === XML ? XML : { name: 'markup' };
}

/** Everything that is looked for is in ASCII. */
function decode(head: Uint8Array): string {
  const [first, second, third] = head;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(head);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(head);
  const start = first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0;
  return Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1', start);
}

/** Matches a sticky expression at one place. */
function match(expression: RegExp, text: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at;
  return expression.exec(text);
}

function endOf(what: string, text: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? -1 : at + what.length;
}

/** A document type may have quoted names, and in brackets declarations and comments of its own. */
function endOfDoctype(text: string, from: number): number {
  const delimiter = /<!--|["'[\]>]/g;
  delimiter.lastIndex = from;
  let isInBrackets = false;
  for (;;) {
    const found = delimiter.exec(text)?.[0];
    if (found === undefined) return -1;
    if (found === '>' && !isInBrackets) return delimiter.lastIndex;
    if (found === '[' || found === ']') isInBrackets = found === '[';
    if (found === '<!--' || found === '"' || found === "'") {
      const end = endOf(found === '<!--' ? '-->' : found, text, delimiter.lastIndex);
      if (end < 0) return -1;
      delimiter.lastIndex = end;
    }
  }
}
