import { randomBytes } from 'node:crypto';
import { CHECKSUM_ALGORITHMS } from '@file-upload/shared-types';
import type { StageOptions } from '../src/index.ts';
import {
  checksum,
  expectContent,
  expectNothing,
  MIB,
  newObject,
  streamOf,
  uploadsOf,
} from './samples.ts';
import type { Case, Given } from './store-under-test.ts';

const PART = 5 * MIB;
const OPTIONS: StageOptions = { maxBytes: 64 * MIB, partSize: PART };

/** One size that is kept in memory, and one that is sent in parts. */
const KINDS = [
  { kind: 'in memory', size: 1000 },
  { kind: 'in parts', size: PART + 1000 },
];

export function stagedCases(given: Given, declare: Case): void {
  for (const [what, size] of [
    ['no bytes', 0],
    ['one byte', 1],
    ['exactly one part', PART],
    ['one part and a byte', PART + 1],
    ['many parts', 23 * MIB],
  ] as const) {
    declare(`of ${what} becomes an object when it is committed, and not before`, async () => {
      const { objects } = given;
      const object = newObject();
      const bytes = randomBytes(size);
      const whole = await checksum('CRC64NVME', bytes);
      const staged = await objects.stage(object, streamOf(bytes), OPTIONS);
      expect(staged).toMatchObject({ size, checksum: whole });
      expect(await objects.head(object.key)).toBeUndefined();

      await staged.commit();
      expect(await objects.head(object.key)).toMatchObject({
        size,
        checksum: whole,
        contentType: object.contentType,
        description: object.description,
      });
      await expectContent(objects, object.key, bytes);
      expect(await uploadsOf(objects, object.key)).toEqual([]);
    });
  }

  for (const { kind, size } of KINDS) {
    const bytes = randomBytes(size);

    for (const algorithm of CHECKSUM_ALGORITHMS) {
      declare(`${kind} has the ${algorithm} that was declared`, async () => {
        const { objects } = given;
        const object = newObject();
        const declared = await checksum(algorithm, bytes);
        const staged = await objects.stage(object, streamOf(bytes), { ...OPTIONS, declared });
        expect(staged.checksum).toEqual(declared);
        await staged.commit();
        await expectContent(objects, object.key, bytes);
      });

      declare(`${kind} leaves nothing when its ${algorithm} is not the declared one`, async () => {
        const { objects } = given;
        const object = newObject();
        const declared = await checksum(algorithm, Buffer.from('other bytes'));
        await expect(
          objects.stage(object, streamOf(bytes), { ...OPTIONS, declared }),
        ).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
        await expectNothing(objects, object.key);
      });
    }

    declare(`${kind} may be committed and staged again with the same bytes`, async () => {
      const { objects } = given;
      const object = newObject();
      for (let time = 0; time < 2; time++) {
        const staged = await objects.stage(object, streamOf(bytes), OPTIONS);
        await staged.commit();
        await staged.commit();
      }
      await expectContent(objects, object.key, bytes);
      expect(await uploadsOf(objects, object.key)).toEqual([]);
    });

    declare(`${kind} does not touch an object that has other bytes`, async () => {
      const { objects } = given;
      const object = newObject();
      const first = randomBytes(size);
      await objects.create(object, first, await checksum('CRC64NVME', first));
      const staged = await objects.stage(object, streamOf(bytes), OPTIONS);
      await expect(staged.commit()).rejects.toMatchObject({ code: 'OBJECT_EXISTS' });
      await expectContent(objects, object.key, first);
      expect(await uploadsOf(objects, object.key)).toEqual([]);
    });

    declare(`${kind} leaves nothing when it is discarded, once or twice`, async () => {
      const { objects } = given;
      const object = newObject();
      const staged = await objects.stage(object, streamOf(bytes), OPTIONS);
      await staged.discard();
      await staged.discard();
      await expectNothing(objects, object.key);
    });

    declare(`${kind} leaves nothing when its source breaks`, async () => {
      const { objects } = given;
      const object = newObject();
      async function* breaking() {
        yield* streamOf(bytes);
        throw new Error('the client went away');
      }
      await expect(objects.stage(object, breaking(), OPTIONS)).rejects.toThrow(
        'the client went away',
      );
      await expectNothing(objects, object.key);
    });

    declare(`${kind} is refused at the first byte too many, and its source is closed`, async () => {
      const { objects } = given;
      const object = newObject();
      let closed = false;
      async function* endless() {
        try {
          for (;;) yield* streamOf(bytes);
        } finally {
          closed = true;
        }
      }
      await expect(
        objects.stage(object, endless(), { ...OPTIONS, maxBytes: size + 1 }),
      ).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' });
      expect(closed).toBe(true);
      await expectNothing(objects, object.key);

      const fitting = { ...OPTIONS, maxBytes: size };
      expect((await objects.stage(object, streamOf(bytes), fitting)).size).toBe(size);
    });
  }

  declare('may come in chunks of one byte, or in a single one of several parts', async () => {
    const { objects } = given;
    for (const [size, chunkSize] of [
      [20_000, 1],
      [2 * PART + 1, 3 * PART],
    ] as const) {
      const object = newObject();
      const bytes = randomBytes(size);
      const staged = await objects.stage(object, streamOf(bytes, chunkSize), OPTIONS);
      await staged.commit();
      await expectContent(objects, object.key, bytes);
    }
  });

  declare('is the same file however it was cut into parts', async () => {
    const { objects } = given;
    const object = newObject();
    const bytes = randomBytes(2 * PART);
    for (const partSize of [PART, PART + 1]) {
      const staged = await objects.stage(object, streamOf(bytes), { ...OPTIONS, partSize });
      await staged.commit();
    }
    await expectContent(objects, object.key, bytes);
  });

  declare('cannot be committed in parts after it was discarded', async () => {
    const { objects } = given;
    const object = newObject();
    const staged = await objects.stage(object, streamOf(randomBytes(PART + 1)), OPTIONS);
    await staged.discard();
    await expect(staged.commit()).rejects.toMatchObject({ code: 'UPLOAD_NOT_FOUND' });
    await expectNothing(objects, object.key);
  });
}
