import { setTimeout as delay } from 'node:timers/promises';
import type { FileRules } from '@file-upload/workflow';
import { indexObject } from './reindex-object.ts';
import { addCounts, emptyReport, type Counts, type ReindexReport } from './reindex-report.ts';
import { checkRow, finishDeletion } from './reindex-row.ts';
import { walk } from './reindex-walk.ts';
import type { Stores } from '@file-upload/workflow';

export interface ReindexOptions {
  /** Finds out what would be done, and writes nothing. */
  dryRun?: boolean | undefined;
  /** Examines every object, and not only where its row gives a reason. */
  verify?: boolean | undefined;
  /** Goes on with the objects after this key; the rows are not gone through again. */
  startAfter?: string | undefined;
  /** Objects or rows worked on at a time. */
  concurrency?: number | undefined;
  /**
   * Milliseconds for which a request to the service can last: a deletion that is under way may be
   * one's own that long. 0 where nobody else uses the stores.
   */
  requestMs?: number | undefined;
  /** Ends it, once what is in flight is done. */
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: ReindexProgress) => void) | undefined;
  /** Is told of every object, by its key, and every row, by its id, that could not be handled. */
  onFailure?: ((name: string, error: unknown) => void) | undefined;
}

export interface ReindexProgress {
  report: Readonly<ReindexReport>;
  /** The key that it can go on after; undefined until the rows and one object are done. */
  position: string | undefined;
}

/** How it ended: at the end unless it says otherwise. */
export interface ReindexOutcome extends ReindexProgress {
  stopped?: 'interrupted' | { error: unknown };
}

/** So many failures one after the other are the store's, and not those of single objects. */
const MAX_FAILURES_IN_A_ROW = 20;
const CONCURRENCY = 16;
/** API Gateway waits no longer for an answer. */
const REQUEST_MS = 30_000;

/**
 * Rebuilds the table from the bucket, and repairs where they have drifted apart: first rows without
 * object, then objects without row. In this order no row that was just rebuilt is checked once more.
 *
 * Every write is one that the service makes too, under the same conditions, so it may run while the
 * service does, and twice is the same as once. It announces nothing.
 */
export async function reindex(
  { objects, metadata, rules }: Stores & { rules: FileRules },
  options: ReindexOptions = {},
): Promise<ReindexOutcome> {
  const { dryRun = false, verify = false, startAfter, signal, onProgress, onFailure } = options;
  const { concurrency = CONCURRENCY, requestMs = REQUEST_MS } = options;
  const stores = { objects, metadata };
  const report = emptyReport(dryRun);
  const beingDeleted = new Set<string>();
  const settings = { rules, verify, dryRun: dryRun ? { beingDeleted } : undefined };
  let position = startAfter;

  async function goThrough<T>(
    items: AsyncIterable<T> | Iterable<T>,
    nameOf: (item: T) => string,
    work: (item: T) => Promise<Counts>,
    onPassed: (item: T) => void = () => undefined,
  ): Promise<void> {
    let failuresInARow = 0;
    let doneInARow = concurrency;
    for await (const { item, result } of walk(items, work, { concurrency, signal })) {
      if ('value' in result) {
        failuresInARow = 0;
        addCounts(report, result.value);
        // Where the store begins to fail, some of those in flight may still go well.
        if (++doneInARow > concurrency) onPassed(item);
      } else {
        doneInARow = 0;
        report.failures++;
        onFailure?.(nameOf(item), result.error);
        if (++failuresInARow > MAX_FAILURES_IN_A_ROW) throw result.error;
      }
      onProgress?.({ report, position });
    }
    signal?.throwIfAborted();
  }

  async function goThroughRows(): Promise<void> {
    await goThrough(
      metadata.scan(),
      ({ file_id }) => file_id,
      async (row) => {
        report.rows++;
        if (row.deleting && row.expires_at !== undefined) {
          // Buried: it stays until nobody can send its bytes any more.
          if (!dryRun) await metadata.removeExpired(row.file_id);
          return {};
        }
        if (!row.deleting) return await checkRow(stores, row, settings);
        beingDeleted.add(row.file_id);
        return {};
      },
    );
    if (beingDeleted.size === 0) return;
    await delay(requestMs, undefined, { signal });
    await goThrough(
      beingDeleted,
      (fileId) => fileId,
      (fileId) => finishDeletion(stores, fileId, settings),
    );
  }

  async function goThroughObjects(): Promise<void> {
    await goThrough(
      objects.list('', startAfter),
      ({ key }) => key,
      async (object) => {
        report.objects++;
        return await indexObject(stores, object, settings);
      },
      ({ key }) => {
        if (isPlain(key)) position = key;
      },
    );
  }

  try {
    if (startAfter === undefined) {
      await goThroughRows();
    } else if (dryRun) {
      for await (const row of metadata.scan()) if (row.deleting) beingDeleted.add(row.file_id);
    }
    await goThroughObjects();
  } catch (error) {
    return { report, position, stopped: signal?.aborted ? 'interrupted' : { error } };
  }
  return { report, position };
}

/**
 * Whether a key can be given to any shell and task runner as it is: another program may have chosen
 * it to be run there. Going on after an earlier key is right too.
 */
function isPlain(key: string): boolean {
  return /^[\p{L}\p{M}\p{N} ._/=+:@,-]+$/u.test(key);
}
