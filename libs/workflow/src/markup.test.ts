import { bytes } from '../test/samples.ts';
import { detectMarkup } from './markup.ts';

const SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>';
const ILLUSTRATOR = `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [
  <!-- don't "stop" ]> here -->
  <!ENTITY ns "http://example.com/]>">
]>`;

test.each([
  ['svg', SVG, 'image/svg+xml'],
  ['svg after a prolog', `<?xml version="1.0"?>\n${SVG}`, 'image/svg+xml'],
  ['svg after a byte order mark', `\xef\xbb\xbf${SVG}`, 'image/svg+xml'],
  ['svg after white space', ` \t\r\n${SVG}`, 'image/svg+xml'],
  ['svg after comments', `<!-- <html> --> <!-- -->\n${SVG}`, 'image/svg+xml'],
  ['svg after a document type', `<!DOCTYPE svg>${SVG}`, 'image/svg+xml'],
  [
    'svg after what Illustrator writes',
    `<?xml version="1.0"?>${ILLUSTRATOR}${SVG}`,
    'image/svg+xml',
  ],
  [
    'svg after a stylesheet',
    `<?xml version="1.0"?><?xml-stylesheet href="x"?>${SVG}`,
    'image/svg+xml',
  ],
  ['svg with a prefix', '<svg:svg xmlns:svg="http://www.w3.org/2000/svg">', 'image/svg+xml'],
  ['svg whose document type does not end', '<!DOCTYPE svg [ <!ENTITY', 'image/svg+xml'],
  ['another element that starts like svg', '<svgfont>', undefined],
  ['html', '<html>', 'text/html'],
  ['html of HTML5', '<!doctype HTML><title>', 'text/html'],
  ['html of HTML4', '<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN">', 'text/html'],
  ['html after a document type of svg', `<!DOCTYPE svg><html>`, 'application/xhtml+xml'],
  ['html in capitals', '\n\f<HTML LANG="en">', 'text/html'],
  ['a script of a page', '<script src="x"></script>', 'text/html'],
  ['a script after a comment', '<!-- x --><script>', 'text/html'],
  ['a body', '<body\nonload="x">', 'text/html'],
  ['a link', '<a href="x">', 'text/html'],
  ['a frame', '<iframe/src="x">', 'text/html'],
  ['a comment and text', '<!-- x --> hello', 'text/html'],
  ['a comment and no element', '<!-- x --><3', 'text/html'],
  ['a comment alone', '<!-- x -->', 'text/html'],
  ['a comment that does not end', '<!-- x', 'text/html'],
  [
    'XHTML',
    '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">',
    'application/xhtml+xml',
  ],
  ['XML', '<?xml version="1.0"?><note/>', 'application/xml'],
  ['XML with a document type', '<?xml version="1.0"?><!DOCTYPE note><note/>', 'application/xml'],
  ['XML that breaks off', '<?xml version="1.0"', 'application/xml'],
  ['XML without a prolog', '<note to="x"/>', undefined],
])('knows %s', (_, text, type) => {
  const found = detectMarkup(bytes(text));
  expect(found).toBeDefined();
  expect(found?.type).toBe(type);
});

test.each([
  ['little', 'fffe', (text: string) => Buffer.from(text, 'utf16le')],
  ['big', 'feff', (text: string) => Buffer.from(text, 'utf16le').swap16()],
])('knows markup in UTF-16 with the %s end first', (_, mark, encode) => {
  const head = (text: string) => Buffer.concat([Buffer.from(mark, 'hex'), encode(text)]);
  expect(detectMarkup(head(SVG))?.type).toBe('image/svg+xml');
  expect(detectMarkup(head('<script>'))?.type).toBe('text/html');
  expect(detectMarkup(head('hello'))).toBeUndefined();
});

test.each([
  '#!/bin/sh\n',
  '#! /usr/bin/env node\n',
  '\xef\xbb\xbf#!/bin/sh\n',
  '<?php echo 1;',
  '\n\n<?PHP echo 1;',
  '<?= 1 ?>',
  '<? echo 1 ?>',
  '<!-- x --><?php echo 1;',
  '<?xml version="1.0"?><?php echo 1;',
])('knows the script %j', (text) => {
  expect(detectMarkup(bytes(text))).toEqual({ name: 'a script' });
});

test.each([
  '',
  ' ',
  '<',
  '<!',
  '<?',
  '<3',
  '< html>',
  'a <b>',
  '#!AMR\n',
  '#! not a path',
  '<html',
  'x<!DOCTYPE html>',
  '{"html": "<html>"}',
])('sees neither markup nor a script in %j', (text) => {
  expect(detectMarkup(bytes(text))).toBeUndefined();
});

test.each([
  ['comments', '<!---->'],
  ['openings of comments', '<!--'],
  ['openings of document types', '<!DOCTYPE x '],
  ['document types', '<!DOCTYPE x []>'],
  ['quotes', `<!DOCTYPE x "'`],
  ['instructions', '<?x?>'],
  ['white space', ' \n'],
  ['openings of elements', '<a'],
])('comes to an end for 256 KiB of %s', (_, text) => {
  expect(() => detectMarkup(Buffer.alloc(262_144, text))).not.toThrow();
});
