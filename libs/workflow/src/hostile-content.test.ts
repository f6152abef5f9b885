import { sourceOf } from '../test/byte-source.ts';
import { FILES } from '../test/samples.ts';
import { examineContent } from './content.ts';
import { readImageSize } from './image.ts';

const ROUNDS = 1000;
const TYPES = [
  'image/png',
  'image/webp',
  'application/pdf',
  'text/plain',
  'application/octet-stream',
];

/** Whole numbers below a limit, the same ones for the same seed (Park and Miller). */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
}

test(`${ROUNDS} damaged files throw nothing and are read within their ranges`, async () => {
  const random = createRandom(20_261_123);
  const samples = Object.values(FILES);
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;

  for (let round = 0; round < ROUNDS; round++) {
    let content = Buffer.from(pick(samples));
    for (let change = random(8); change >= 0; change--) {
      if (content.byteLength > 0)
        content[random(content.byteLength)] = pick([0, 1, 0x7f, 0x80, 0xff, random(256)]);
    }
    if (random(3) === 0) content = content.subarray(0, random(content.byteLength + 1));
    if (random(3) === 0) content = Buffer.concat([content, pick(samples)]);
    const source = sourceOf(content);
    const declared = pick(TYPES);
    try {
      await examineContent(source, declared);
      await readImageSize(source);
    } catch (cause) {
      throw new Error(`${declared} ${content.toString('hex')}`, { cause });
    }
  }
});

test('every file, cut off anywhere in its first 64 bytes, throws nothing', async () => {
  for (const file of Object.values(FILES)) {
    for (let size = 0; size <= Math.min(64, file.byteLength); size++) {
      await examineContent(sourceOf(file.subarray(0, size)), 'image/png');
    }
  }
});
