import { LIMITS } from '@file-upload/shared-types';
import { decodeDescription, encodeDescription, type ObjectDescription } from './object-metadata.ts';

const DESCRIPTION: ObjectDescription = {
  fileName: 'holiday.jpg',
  owner: 'ada',
  visibility: 'public',
  uploadTime: '2026-11-23T10:20:30.123Z',
  declaredSize: 9,
  declaredChecksum: { algorithm: 'CRC64NVME', value: 'rosUhgp5mIg=' },
};

test.each(['😀'.repeat(255), 'صورة.jpg', `"it's" 100% \\ \r\n`, 'e\u0301', '\u0000'])(
  'the name %j survives as ASCII',
  (fileName) => {
    const metadata = encodeDescription({ ...DESCRIPTION, fileName });
    expect(Object.values(metadata).join('')).toMatch(/^[\x20-\x7e]*$/);
    expect(decodeDescription(metadata)).toEqual({ ...DESCRIPTION, fileName });
  },
);

test('the longest name leaves 350 bytes of the 2 KB that S3 takes for the owner', () => {
  const metadata = encodeDescription({
    ...DESCRIPTION,
    fileName: '😀'.repeat(255),
    owner: 'o'.repeat(350),
    visibility: 'private',
    declaredSize: LIMITS.maxObjectBytes,
    declaredChecksum: { algorithm: 'SHA256', value: 'A'.repeat(44) },
  });
  // S3 counts the names and the values; whether also the prefix, its documentation leaves open.
  const bytes = Object.entries(metadata).map(([name, value]) => `x-amz-meta-${name}${value}`);
  expect(bytes.join('').length).toBeLessThanOrEqual(2048);
});

test.each([
  ['has no metadata', undefined],
  ['was written by another program', { author: 'somebody' }],
  ['has no name', { ...encodeDescription(DESCRIPTION), 'file-name': '' }],
  ['has a visibility of its own', { ...encodeDescription(DESCRIPTION), visibility: 'secret' }],
])('an object that %s has no description', (_, metadata) => {
  expect(decodeDescription(metadata)).toBeUndefined();
});

test.each([undefined, '', '-1', '1e3', '1'.repeat(16)])(
  'the size %j is none that a client declares here',
  (size) => {
    const { 'file-size': declared, ...metadata } = encodeDescription(DESCRIPTION);
    expect(declared).toBe('9');
    expect(
      decodeDescription({ ...metadata, ...(size !== undefined && { 'file-size': size }) }),
    ).toMatchObject({ declaredSize: undefined });
  },
);

test.each([undefined, 'rosUhgp5mIg=', 'MD5:rosUhgp5mIg='])(
  'the checksum %j is none that a client declares here',
  (checksum) => {
    const { checksum: declared, ...metadata } = encodeDescription(DESCRIPTION);
    expect(declared).toBe('CRC64NVME:rosUhgp5mIg=');
    expect(
      decodeDescription({ ...metadata, ...(checksum && { checksum }) })?.declaredChecksum,
    ).toBeUndefined();
  },
);
