import { FileMetadata } from '@file-upload/shared-types';
import { newRow } from '../test/samples.ts';
import { toMetadata } from './file-metadata.ts';
import type { FileRow } from './file-row.ts';

const BASE_URL = 'https://files.example';
const ROW = newRow();

/** A row with everything that a row may have. */
const FULL: Required<FileRow> = {
  ...ROW,
  file_size: 9,
  validation_status: 'INVALID',
  validation_error: { code: 'SIZE_MISMATCH', message: 'The file has another size.' },
  processing_error: { code: 'StoreUnavailable', message: 'The store did not answer.' },
  detected_type: 'image/png',
  image: { width: 640, height: 480 },
  checksum: { algorithm: 'CRC64NVME', value: 'rosUhgp5mIg=' },
  upload: { type: 'single' },
  expires_at: 1_000,
  deleting: true,
  published: true,
  announced: 'file_rejected',
  history: [{ time: '2026-11-23T10:20:30.123Z', event: 'received' }],
};
const INTERNAL = ['announced', 'deleting', 'expires_at', 'history', 'published', 'upload'];

test('callers see all that the contract names, and nothing else that a row may have', () => {
  const seen = toMetadata(FULL, BASE_URL);
  expect(Object.keys(seen).sort()).toEqual(Object.keys(FileMetadata.properties).sort());
  const { file_url, ...rest } = seen;
  expect(file_url).toBe(`${BASE_URL}/files/${ROW.file_id}/content`);
  expect(FULL).toMatchObject(rest);
  const hidden = Object.keys(FULL).filter((name) => !(name in rest));
  expect(hidden.sort()).toEqual(INTERNAL);
});

test('what a row does not have is not there, and a size that is not known is 0', () => {
  const seen = toMetadata({ ...ROW, file_size: undefined, checksum: undefined }, BASE_URL);
  expect(seen).toMatchObject({ file_size: 0, validation_status: 'UPLOADED' });
  const unknown = ['validation_error', 'processing_error', 'detected_type', 'image', 'checksum'];
  for (const name of unknown) expect(seen).not.toHaveProperty(name);
});
