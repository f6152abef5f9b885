import { randomUUID } from 'node:crypto';
import type { ObjectCreated } from '@file-upload/workflow';
import type { Change, ObjectIndex, ObjectRecord } from './object-index.ts';

/** The operations that create objects, as S3 names them in events. */
export type CreationReason = 'PutObject' | 'POST Object' | 'CopyObject' | 'CompleteMultipartUpload';

/** The events of one bucket, each kept until it is removed. */
export interface ObjectEvents {
  /** The change that records the event, to be committed with the object; none for other buckets. */
  created(object: {
    bucket: string;
    key: string;
    record: ObjectRecord;
    reason: CreationReason;
  }): Change[];
  /** To be called when something was committed. */
  arrived(): void;
  /**
   * The first events after this sequencer, or of all, in the order of their arrival, as soon as
   * there are any.
   */
  next(after: string | undefined, limit: number): Promise<ObjectCreated[]>;
  /** Not synced: what a power failure brings back is delivered again, which may happen anyway. */
  remove(sequencer: string): Promise<void>;
}

/** @param start a number that no earlier start of this index had, and higher than all of theirs */
export function createObjectEvents(
  index: ObjectIndex,
  ofBucket: string,
  start: number,
): ObjectEvents {
  let count = 0;
  let { promise: arrival, resolve: arrived } = Promise.withResolvers<void>();
  // Increases across restarts, whatever the clock does, and costs no record of its own.
  const nextSequencer = (): string =>
    [start, (count += 1)].map((part) => part.toString(16).padStart(8, '0')).join('');

  return {
    created({ bucket, key, record, reason }) {
      if (bucket !== ofBucket) return [];
      const sequencer = nextSequencer();
      const event: ObjectCreated = {
        id: randomUUID(),
        source: 'aws.s3',
        'detail-type': 'Object Created',
        time: new Date().toISOString(),
        detail: {
          bucket: { name: bucket },
          object: { key, size: record.size, etag: record.etag, sequencer },
          reason,
        },
      };
      return [index.putEvent(sequencer, event)];
    },

    arrived() {
      arrived();
      ({ promise: arrival, resolve: arrived } = Promise.withResolvers<void>());
    },

    async next(after, limit) {
      for (;;) {
        const somethingNew = arrival;
        await index.ready();
        const events = await index.events(after, limit);
        if (events.length > 0) return events;
        await somethingNew;
      }
    },

    remove: (sequencer) => index.commit([index.deleteEvent(sequencer)], false),
  };
}
