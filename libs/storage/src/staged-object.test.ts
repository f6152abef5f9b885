import { randomBytes } from 'node:crypto';
import { AppError } from '@file-upload/shared-types';
import { newObject, streamOf } from '../test/samples.ts';
import { checksumOf } from './checksum.ts';
import type { StoredObject } from './object-metadata.ts';
import { stageObject, type StagingStore } from './staged-object.ts';

const OBJECT = newObject();
const UPLOAD = { key: OBJECT.key, uploadId: 'upload' };
const BYTES = randomBytes(25);

/** A store that does what no real one can be made to do at a given moment. */
function storeWith({
  multipart,
  ...own
}: Partial<Omit<StagingStore, 'multipart'>> & {
  multipart?: Partial<StagingStore['multipart']>;
}): StagingStore {
  const unexpected = () => Promise.reject(new Error('unexpected'));
  return {
    create: unexpected,
    head: unexpected,
    ...own,
    multipart: {
      start: () => Promise.resolve(UPLOAD),
      putPart: (_, partNumber, { byteLength: size }) =>
        Promise.resolve({ partNumber, etag: `"${partNumber}"`, size }),
      complete: unexpected,
      abort: () => Promise.resolve(),
      list: unexpected,
      startedBefore: unexpected as never,
      listParts: unexpected,
      ...multipart,
    },
  };
}

async function storedObject(bytes: Uint8Array): Promise<StoredObject> {
  return {
    key: OBJECT.key,
    size: bytes.byteLength,
    versionId: undefined,
    etag: '"e"',
    contentType: OBJECT.contentType,
    lastModified: new Date(),
    checksum: { algorithm: 'CRC64NVME', value: await checksumOf('CRC64NVME', bytes) },
    description: OBJECT.description,
  };
}

test('bytes that fill exactly one part are created in one request', async () => {
  const created: Uint8Array[] = [];
  const store = storeWith({
    create: (_, bytes) => Promise.resolve(void created.push(bytes)),
    multipart: { start: () => Promise.reject(new Error('one request is enough')) },
  });
  const staged = await stageObject(store, OBJECT, streamOf(BYTES), { maxBytes: 99, partSize: 25 });
  await staged.commit();
  expect(created).toEqual([BYTES]);
});

test('two parts are on their way at most, and the source is not read ahead of them', async () => {
  let read = 0;
  async function* source() {
    for await (const byte of streamOf(BYTES, 1)) {
      read++;
      yield byte;
    }
  }
  let sending = 0;
  let most = 0;
  const store = storeWith({
    multipart: {
      async putPart(_, partNumber, { byteLength: size }) {
        most = Math.max(most, ++sending);
        // Two parts are sent, a third one is full, and the byte behind it was seen.
        expect(read).toBeLessThanOrEqual((partNumber + 2) * 5 + 1);
        await new Promise(setImmediate);
        sending--;
        return { partNumber, etag: '"e"', size };
      },
    },
  });
  await stageObject(store, OBJECT, source(), { maxBytes: 25, partSize: 5 });
  expect(most).toBe(2);
});

test('parts are large enough for 10,000 of them to hold the largest file allowed', async () => {
  const sizes: number[] = [];
  const store = storeWith({
    multipart: {
      putPart(_, partNumber, { byteLength: size }) {
        sizes.push(size);
        return Promise.resolve({ partNumber, etag: '"e"', size });
      },
    },
  });
  await stageObject(store, OBJECT, streamOf(BYTES), { maxBytes: 100_000, partSize: 5 });
  expect(sizes).toEqual([10, 10, 5]);
});

test('a part that fails ends the reading, and the upload is removed', async () => {
  let read = 0;
  async function* endless() {
    for (;;) {
      read++;
      yield await Promise.resolve(BYTES);
    }
  }
  const aborted: unknown[] = [];
  const store = storeWith({
    multipart: {
      putPart: () => Promise.reject(new AppError('STORE_UNAVAILABLE', 'No.')),
      abort: (upload) => Promise.resolve(void aborted.push(upload)),
    },
  });
  await expect(
    stageObject(store, OBJECT, endless(), { maxBytes: 1e9, partSize: 100_000 }),
  ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(read).toBeLessThan(20_000);
  expect(aborted).toEqual([UPLOAD]);
});

test('a conflict with a request that created the same object is success', async () => {
  const store = storeWith({
    create: () => Promise.reject(new AppError('CONFLICT', 'No.')),
    head: () => storedObject(BYTES),
  });
  const staged = await stageObject(store, OBJECT, streamOf(BYTES), { maxBytes: 25 });
  await expect(staged.commit()).resolves.toBeUndefined();
});

test('a conflict with a request that did not create an object is a conflict', async () => {
  const store = storeWith({
    create: () => Promise.reject(new AppError('CONFLICT', 'No.')),
    head: () => Promise.resolve(undefined),
  });
  const staged = await stageObject(store, OBJECT, streamOf(BYTES), { maxBytes: 25 });
  await expect(staged.commit()).rejects.toMatchObject({ code: 'CONFLICT' });
});

test.each([
  ['the completion', 'STORE_UNAVAILABLE', undefined],
  ['the look at the object in its place', 'OBJECT_EXISTS', 'STORE_UNAVAILABLE'],
] as const)('when %s fails the upload is removed, and the error told', async (_, first, second) => {
  let aborts = 0;
  const failing = (code: 'OBJECT_EXISTS' | 'STORE_UNAVAILABLE') =>
    Promise.reject(new AppError(code, 'No.'));
  const store = storeWith({
    head: () => failing(second ?? first),
    multipart: {
      complete: () => failing(first),
      abort() {
        aborts++;
        return Promise.reject(new Error('a failure to clean up is not what the caller asked for'));
      },
    },
  });
  const staged = await stageObject(store, OBJECT, streamOf(BYTES), { maxBytes: 25, partSize: 5 });
  await expect(staged.commit()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(aborts).toBe(1);
});
