import type { ObjectCreated } from '@file-upload/workflow';
import { ClassicLevel, type BatchOperation } from 'classic-level';
import type { CorsRule } from './cors.ts';
import type { StoredChecksum } from './integrity.ts';

/**
 * A run of bytes. Small ones (`inline`) live in the index beside the records, so that storing one
 * costs a single fsync; all others are files of the blob store.
 */
export interface Blob {
  id: string;
  /** Bytes. */
  size: number;
  inline?: true;
}

export interface BucketRecord {
  createdAt: number;
  cors?: CorsRule[];
}

/** Header and metadata values are bytes, one a character, as HTTP carries them. */
export interface ObjectHeaders {
  /** By lower-case name: `content-type` and the other headers that S3 gives back. */
  headers: Record<string, string>;
  /** By lower-case name without `x-amz-meta-`. */
  metadata: Record<string, string>;
  tags: [key: string, value: string][];
}

export interface ObjectRecord extends ObjectHeaders {
  blobs: Blob[];
  size: number;
  /** Without quotes. */
  etag: string;
  /** Milliseconds since 1970. */
  lastModified: number;
  checksum: StoredChecksum;
  /** Of a multipart upload: its id, and its parts in order (one blob each). */
  uploadId?: string;
  parts?: { number: number; size: number; checksum: string }[];
}

export interface UploadRecord extends ObjectHeaders {
  bucket: string;
  key: string;
  id: string;
  initiatedAt: number;
  /** `declared` where the client chose it, rather than S3's default. */
  checksum: Pick<StoredChecksum, 'algorithm' | 'type'> & { declared: boolean };
}

export interface PartRecord {
  number: number;
  blob: Blob;
  etag: string;
  lastModified: number;
  /** Base64, of the upload's algorithm. */
  checksum: string;
}

/** One change of a batch; see {@link ObjectIndex.commit}. */
export type Change = BatchOperation<ClassicLevel<Buffer, unknown>, Buffer, unknown>;

export type ObjectIndex = Awaited<ReturnType<typeof openIndex>>;

/** Above every byte that UTF-8 uses: a key followed by it sorts after all that begin with the key. */
const LAST = Buffer.of(0xff);
const END = Buffer.of(0);

/** Buffers compare byte by byte in LevelDB, which is the order S3 lists keys in. */
function address(...parts: string[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part, i) => (i === 0 ? [] : [END]).concat(Buffer.from(part))),
  );
}

/**
 * Opens the index of buckets, objects and uploads. Only one process can hold it (LevelDB locks
 * the folder, and the lock goes with the process, however it ends).
 *
 * @param folder is made when it is not there
 */
export async function openIndex(folder: string) {
  const db = new ClassicLevel<Buffer, unknown>(folder, {
    keyEncoding: 'buffer',
    valueEncoding: 'json',
  });
  await db.open();
  const table = <Value>(name: string) =>
    db.sublevel<Buffer, Value>(name, { keyEncoding: 'buffer', valueEncoding: 'json' });
  const buckets = table<BucketRecord>('buckets');
  const objects = table<ObjectRecord>('objects');
  const uploads = table<UploadRecord>('uploads');
  const parts = table<PartRecord>('parts');
  const events = table<ObjectCreated>('events');
  const counters = table<number>('counters');
  const bodies = db.sublevel<Buffer, Buffer>('bodies', {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
  });
  const reopen = async (): Promise<void> => {
    await db.close();
    await db.open();
    const all = [buckets, objects, uploads, parts, events, counters, bodies];
    await Promise.all(all.map((each) => each.open()));
  };
  let closed = false;
  const writes = groupCommit(async (changes, sync) => {
    try {
      await db.batch(changes, { sync });
    } catch (error) {
      // After one failed write (a full disk) LevelDB refuses all others until it is reopened.
      if (!closed) await reopen().catch(() => undefined);
      throw error;
    }
  });
  const partKey = (uploadId: string, number: number): Buffer =>
    address(uploadId, String(number).padStart(5, '0'));
  const put = <Value>(sublevel: unknown, key: Buffer, value: Value): Change =>
    ({ type: 'put', sublevel, key, value }) as Change;
  const del = (sublevel: unknown, key: Buffer): Change =>
    ({ type: 'del', sublevel, key }) as Change;

  return {
    // Reading is synchronous where a decision hangs on it: nothing can come between.
    bucket: (name: string) => buckets.getSync(address(name)),
    object: (bucket: string, key: string) => objects.getSync(address(bucket, key)),
    upload: (bucket: string, key: string, id: string) => uploads.getSync(address(bucket, key, id)),
    part: (uploadId: string, number: number) => parts.getSync(partKey(uploadId, number)),
    body: (blob: Blob) => bodies.getSync(address(blob.id)),
    /** How often the store was opened. */
    starts: () => counters.getSync(address('starts')) ?? 0,

    putBucket: (name: string, record: BucketRecord) => put(buckets, address(name), record),
    deleteBucket: (name: string) => del(buckets, address(name)),
    putObject: (bucket: string, key: string, record: ObjectRecord) =>
      put(objects, address(bucket, key), record),
    deleteObject: (bucket: string, key: string) => del(objects, address(bucket, key)),
    putUpload: (upload: UploadRecord) =>
      put(uploads, address(upload.bucket, upload.key, upload.id), upload),
    deleteUpload: (upload: UploadRecord) =>
      del(uploads, address(upload.bucket, upload.key, upload.id)),
    putPart: (uploadId: string, part: PartRecord) =>
      put(parts, partKey(uploadId, part.number), part),
    deletePart: (uploadId: string, number: number) => del(parts, partKey(uploadId, number)),
    putBody: (blob: Blob, bytes: Buffer) => put(bodies, address(blob.id), bytes),
    deleteBody: (blob: Blob) => del(bodies, address(blob.id)),
    putStarts: (starts: number) => put(counters, address('starts'), starts),
    putEvent: (sequencer: string, event: ObjectCreated) => put(events, address(sequencer), event),
    deleteEvent: (sequencer: string) => del(events, address(sequencer)),

    buckets: async () =>
      (await buckets.iterator().all()).map(([name, record]) => ({
        name: name.toString(),
        ...record,
      })),
    parts: (uploadId: string, after = 0, limit = Infinity) =>
      parts.values({ gt: partKey(uploadId, after), lt: address(uploadId, '\uffff'), limit }).all(),
    /** The objects of a bucket whose keys begin with `prefix`, in order, from `after` on. */
    objects: (bucket: string, prefix: string) =>
      listing<ObjectRecord>(objects.iterator(rangeOf(bucket, prefix)), bucket),
    uploads: (bucket: string, prefix: string) =>
      listing<UploadRecord>(uploads.iterator(rangeOf(bucket, prefix)), bucket),
    /** The first events after this sequencer, or of all. */
    events: (after: string | undefined, limit: number) =>
      events.values({ ...(after !== undefined && { gt: address(after) }), limit }).all(),
    allObjects: () => objects.values(),
    allUploads: () => uploads.values(),
    allParts: () => parts.values(),

    /**
     * Makes all changes or none, and returns when they are on the disk. Changes that arrive while
     * others are being written share the next write, so many clients share one fsync.
     *
     * @param sync false where it does no harm if a power failure undoes the changes
     */
    commit: (changes: Change[], sync = true) => writes.commit(changes, sync),
    /** Opens the index again where that failed after a write error; otherwise does nothing. */
    ready: async () => {
      if (db.status === 'closed' && !closed) await reopen();
    },
    close: async () => {
      closed = true;
      await writes.ended();
      await db.close();
    },
  };
}

function rangeOf(bucket: string, prefix: string) {
  const from = address(bucket, prefix);
  return { gte: from, lt: Buffer.concat([from, LAST]) };
}

/** A walk through one bucket's keys that can leap forward. */
export interface Listing<Value> {
  next(): Promise<[key: string, value: Value] | undefined>;
  /** Continues at the first key after `key`; with `past`, after all keys that begin with it. */
  skip(key: string, past: boolean): void;
  close(): Promise<void>;
}

interface Cursor<Value> {
  next(): Promise<[Buffer, Value] | undefined>;
  seek(target: Buffer): void;
  close(): Promise<void>;
}

function listing<Value>(cursor: Cursor<Value>, bucket: string): Listing<Value> {
  const start = Buffer.byteLength(bucket) + 1;
  return {
    async next() {
      const entry = await cursor.next();
      return entry && [entry[0].toString('utf8', start), entry[1]];
    },
    skip: (key, past) => cursor.seek(Buffer.concat([address(bucket, key), past ? LAST : END])),
    close: () => cursor.close(),
  };
}

function groupCommit(write: (changes: Change[], sync: boolean) => Promise<void>) {
  interface Waiting {
    changes: Change[];
    sync: boolean;
    done: () => void;
    failed: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        await write(
          group.flatMap(({ changes }) => changes),
          group.some(({ sync }) => sync),
        );
        for (const { done } of group) done();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    running = undefined;
  };

  return {
    commit: (changes: Change[], sync: boolean): Promise<void> =>
      new Promise((done, failed) => {
        waiting.push({ changes, sync, done, failed });
        running ??= run();
      }),
    /** Resolves when nothing is being written. */
    ended: () => running ?? Promise.resolve(),
  };
}
