import { LIMITS } from '@file-upload/shared-types';
import type { Stores } from '@file-upload/workflow';

const HOUR_MS = 60 * 60 * 1000;

/**
 * Removes the parts of uploads whose time is over, then the rows that have expired. On AWS the
 * bucket's lifecycle and the table's TTL do so; this is for stores that have neither. Nobody sees
 * the difference: an expired row counts as gone. Twice is the same as once.
 *
 * @param now milliseconds since 1970
 */
export async function endExpiredUploads(
  { objects, metadata }: Stores,
  now = Date.now(),
): Promise<void> {
  const { multipart } = objects;
  // A row is as old as its upload, or older: no parts go before their row has expired.
  for await (const upload of multipart.startedBefore(now - LIMITS.pendingSeconds * 1000)) {
    await multipart.abort(upload);
  }
  for await (const { file_id, expires_at } of metadata.scan()) {
    if (expires_at !== undefined && expires_at <= now / 1000) await metadata.removeExpired(file_id);
  }
}

/**
 * Does so every hour. What was too old before is removed by the embedded S3 when it starts.
 *
 * @param report is told of a failure; the next hour is another try
 * @param periodMs milliseconds; an hour unless a test says
 * @returns what ends it, once the round that runs is over
 */
export function endExpiredUploadsHourly(
  stores: Stores,
  report: (error: unknown) => void,
  periodMs = HOUR_MS,
): { stop(): Promise<void> } {
  let round = Promise.resolve();
  const timer = setInterval(() => {
    round = round.then(() => endExpiredUploads(stores)).catch(report);
  }, periodMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await round;
    },
  };
}
