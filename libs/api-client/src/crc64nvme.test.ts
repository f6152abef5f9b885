import { randomBytes } from 'node:crypto';
import { combineCrcs, crcOf, createCrc, toBase64 } from './crc64nvme.ts';

test('is the CRC-64/NVME of its catalogue', async () => {
  // https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-nvme
  expect(Buffer.from(await crcOf(Buffer.from('123456789')), 'base64').toString('hex')).toBe(
    'ae8b14860a799888',
  );
  expect(await crcOf(new Uint8Array())).toBe('AAAAAAAAAAA=');
});

test.each([
  ['nothing', []],
  ['one run', [1000]],
  ['runs of one length and a shorter one', [4096, 4096, 4096, 7]],
  ['runs of any lengths', [1, 65_537, 0, 300_000, 3]],
])('is the same combined from %s as of the whole', async (_, lengths) => {
  const crc = await createCrc();
  const pieces = lengths.map((length) => randomBytes(length));
  const runs = pieces.map((piece) => {
    crc.update(piece);
    return { crc: crc.take(), length: piece.length };
  });
  expect(toBase64(combineCrcs(runs))).toBe(await crcOf(Buffer.concat(pieces)));
});
