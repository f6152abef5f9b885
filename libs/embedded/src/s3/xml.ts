import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { S3Error } from './errors.ts';

/** What an element holds: text, child elements, or several elements of one name. */
export type XmlValue = string | number | boolean | undefined | XmlElement | readonly XmlValue[];
export interface XmlElement {
  readonly [name: string]: XmlValue;
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Writes a document of S3's namespace. Members that are undefined are left out. */
export function writeXml(root: string, content: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${children(content)}</${root}>`;
}

/** Writes an error document, which S3 gives no namespace. */
export function writeErrorXml(content: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${children(content)}</Error>`;
}

function children(content: XmlElement): string {
  return Object.entries(content)
    .map(([name, value]) => element(name, value))
    .join('');
}

function element(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item: XmlValue) => element(name, item)).join('');
  const inner = typeof value === 'object' ? children(value as XmlElement) : escape(String(value));
  return `<${name}>${inner}</${name}>`;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters, which a key may hold and XML 1.0 may not, become references as on S3. */
function escape(text: string): string {
  return text.replace(/[&<>"\u0000-\u0008\u000a-\u001f]/g, (character) => {
    return ESCAPES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`;
  });
}

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  processEntities: false,
  removeNSPrefix: true,
  trimValues: false,
});

/**
 * Reads a document whose root is `root`. Entities other than XML's own five and character
 * references are refused, and so is any document type, so nothing is ever expanded.
 *
 * @throws S3Error MalformedXML
 */
export function readXml(text: string, root: string): XmlNode {
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new S3Error('MalformedXML');
  if (XMLValidator.validate(text) !== true) throw new S3Error('MalformedXML');
  let parsed: unknown;
  try {
    parsed = parser.parse(text);
  } catch {
    throw new S3Error('MalformedXML');
  }
  const value = (parsed as Record<string, unknown>)[root];
  if (value === undefined || Array.isArray(value)) throw new S3Error('MalformedXML');
  return xmlNode(value);
}

/** An element that was read. What is absent is undefined; what is of the wrong shape throws. */
export interface XmlNode {
  /** The text of the only child of this name. */
  text(name: string): string | undefined;
  /** All children of this name. */
  all(name: string): XmlNode[];
  /** The texts of all children of this name. */
  texts(name: string): string[];
  /** The names of the children. */
  names(): string[];
}

function xmlNode(value: unknown): XmlNode {
  const members = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const list = (name: string): unknown[] => {
    if (!Object.hasOwn(members, name)) return [];
    const member = members[name];
    return Array.isArray(member) ? member : [member];
  };
  const texts = (name: string): string[] =>
    list(name).map((item) => {
      if (typeof item !== 'string') throw new S3Error('MalformedXML');
      return unescape(item);
    });
  return {
    texts,
    text(name) {
      const found = texts(name);
      if (found.length > 1) throw new S3Error('MalformedXML');
      return found[0];
    },
    all: (name) => list(name).map(xmlNode),
    names: () => Object.keys(members).filter((name) => name !== '#text'),
  };
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replace(/&([^;]*);?/g, (_, name: string) => {
    const code = /^#x[0-9a-f]{1,6}$/i.test(name)
      ? parseInt(name.slice(2), 16)
      : /^#[0-9]{1,7}$/.test(name)
        ? parseInt(name.slice(1), 10)
        : undefined;
    if (code !== undefined && code <= 0x10ffff) return String.fromCodePoint(code);
    const character = ENTITIES[name];
    if (character === undefined) throw new S3Error('MalformedXML');
    return character;
  });
}
