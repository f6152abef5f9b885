import { hasPreview, kindOf, typeOf } from './file-kind.ts';

test.each([
  ['image/heic', 'image'],
  ['video/mp4', 'video'],
  ['audio/mpeg', 'audio'],
  ['application/pdf', 'pdf'],
  ['application/zip', 'archive'],
  ['application/gzip', 'archive'],
  ['application/vnd.ms-excel', 'table'],
  ['text/csv', 'table'],
  ['text/plain; charset=utf-8', 'text'],
  ['Application/JSON', 'text'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'text'],
  ['application/octet-stream', 'other'],
  ['', 'other'],
])('takes %s to be: %s', (type, kind) => {
  expect(kindOf(type)).toBe(kind);
});

test('shows a picture once it was examined, and nothing that could be more than a picture', () => {
  const photo = { content_type: 'image/png', file_size: 1000, validation_status: 'VALID' };
  expect(hasPreview(photo)).toBe(true);
  for (const status of ['UPLOADED', 'PENDING', 'INVALID']) {
    expect(hasPreview({ ...photo, validation_status: status })).toBe(false);
  }
  for (const type of ['image/svg+xml', 'text/html', 'image/png+xml', 'image/tiff']) {
    expect(hasPreview({ ...photo, content_type: type })).toBe(false);
  }
  expect(hasPreview({ ...photo, file_size: 100_000_000 })).toBe(false);
});

test('goes by what the bytes show where no type was declared', () => {
  const undeclared = { content_type: 'application/octet-stream', detected_type: 'image/png' };
  expect(typeOf(undeclared)).toBe('image/png');
  expect(typeOf({ content_type: 'application/octet-stream' })).toBe('application/octet-stream');
  expect(typeOf({ content_type: 'text/plain', detected_type: 'image/png' })).toBe('text/plain');
  expect(hasPreview({ ...undeclared, file_size: 1, validation_status: 'VALID' })).toBe(true);
});
