import type { ServerResponse } from 'node:http';
import { checksumElement, checksumHeader, type StoredChecksum } from './integrity.ts';
import { writeXml, type XmlElement } from './xml.ts';

type Headers = Record<string, string | number | undefined>;

/** Answers without a body. Headers that are undefined are left out. */
export function reply(response: ServerResponse, status: number, headers: Headers = {}): void {
  setHeaders(response, headers);
  if (status !== 204 && status !== 304 && !response.hasHeader('content-length')) {
    response.setHeader('content-length', 0);
  }
  response.writeHead(status).end();
}

export function setHeaders(response: ServerResponse, headers: Headers): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) response.setHeader(name, value);
  }
}

export function replyXml(response: ServerResponse, root: string, content: XmlElement): void {
  const body = Buffer.from(writeXml(root, content));
  response
    .writeHead(200, { 'content-type': 'application/xml', 'content-length': body.length })
    .end(body);
}

export function checksumHeaders(checksum: StoredChecksum): Headers {
  return {
    [checksumHeader(checksum.algorithm)]: checksum.value,
    'x-amz-checksum-type': checksum.type,
  };
}

export function checksumElements(checksum: StoredChecksum): XmlElement {
  return { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type };
}

/** The form of dates in XML. */
export function isoDate(millis: number): string {
  return new Date(Math.floor(millis / 1000) * 1000).toISOString();
}

/** The form of dates in headers. */
export function httpDate(millis: number): string {
  return new Date(millis).toUTCString();
}
