import { randomBytes } from 'node:crypto';
import { createCrc64Nvme } from '@file-upload/crc';
import { combineRuns, crcOf, toBase64 } from './crc64nvme.ts';

test('is the CRC-64/NVME of its catalogue', () => {
  // https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-nvme
  expect(Buffer.from(crcOf(Buffer.from('123456789')), 'base64').toString('hex')).toBe(
    'ae8b14860a799888',
  );
  expect(crcOf(new Uint8Array())).toBe('AAAAAAAAAAA=');
});

test.each([
  ['nothing', []],
  ['one run', [1000]],
  ['runs of one length and a shorter one', [4096, 4096, 4096, 7]],
  ['runs of any lengths', [1, 65_537, 0, 300_000, 3]],
])('is the same combined from %s as of the whole', (_, lengths) => {
  const crc = createCrc64Nvme();
  const pieces = lengths.map((length) => randomBytes(length));
  const runs = pieces.map((piece) => {
    crc.update(piece);
    return { crc: crc.take(), length: piece.length };
  });
  expect(toBase64(combineRuns(runs))).toBe(crcOf(Buffer.concat(pieces)));
});
