import {
  fileNameProblem,
  incomingKey,
  keyOfIncoming,
  objectKey,
  safeObjectName,
} from './file-name.ts';

test.each([
  'photo.jpg',
  'CON',
  'مرحبا.txt',
  '👩‍👩‍👧‍👦.png',
  ' leading and trailing ',
  'a'.repeat(255),
  '😀'.repeat(255),
  '<script>alert(1)</script>'.replace('/', ''),
])('takes %j', (name) => {
  expect(fileNameProblem(name)).toBeUndefined();
});

test.each([
  ['', 'empty'],
  ['a'.repeat(256), '255'],
  ['../../etc/passwd', 'path separator'],
  ['C:\\boot.ini', 'path separator'],
  ['..', 'folder'],
  ['a\u0000b', 'control character'],
  ['a\nb', 'control character'],
  ['a\u009fb', 'control character'],
  ['\ud800', 'Unicode'],
])('refuses %j', (name, reason) => {
  expect(fileNameProblem(name)).toContain(reason);
});

test.each([
  ['photo.jpg', 'photo.jpg'],
  ['Résumé (final).pdf', 'Resume_final_.pdf'],
  ['مرحبا.txt', 'txt'],
  ['👩‍👩‍👧‍👦', 'file'],
  ['...', 'file'],
  ['CON', '_CON'],
  ['com1.txt', '_com1.txt'],
  ['../../etc/passwd', 'etc_passwd'],
  [`${'a'.repeat(250)}.tar`, `${'a'.repeat(96)}.tar`],
])('makes of %j the safe name %j', (name, safe) => {
  expect(safeObjectName(name)).toBe(safe);
});

test('what a form brings has a key of its own, which tells that of the file', () => {
  for (const name of ['photo.jpg', 'incoming', 'file']) {
    const key = objectKey('id', name);
    expect(incomingKey(key)).toBe(`id/incoming/${name}`);
    expect(keyOfIncoming(incomingKey(key))).toBe(key);
    expect(keyOfIncoming(key)).toBeUndefined();
  }
  for (const key of [
    'incoming/a',
    'a/b/incoming/c',
    'a/incoming/b/c',
    '/incoming/a',
    'a/incoming/',
  ]) {
    expect(keyOfIncoming(key)).toBeUndefined();
  }
});

test('every key is the id, a slash, and safe characters', () => {
  for (let code = 0; code < 0x3000; code++) {
    expect(objectKey('id', String.fromCharCode(code))).toMatch(/^id\/[A-Za-z0-9._-]{1,100}$/);
  }
});
