import { formatBytes, formatDuration } from '../format.ts';

export interface ProgressFacts {
  files: number;
  filesSent: number;
  bytes: number;
  bytesSent: number;
  /** Bytes a second; undefined where it cannot be told, as in a pause. */
  rate: number | undefined;
  isOnline: boolean;
  /** Whether nothing has gone out for a while, though something should. */
  isStalled: boolean;
}

/** How far the files of the panel are; and, where nothing goes on, why. */
export function progressWords({ isOnline, isStalled, ...facts }: ProgressFacts): string {
  const { files, filesSent, bytes, bytesSent, rate } = facts;
  const amounts = [
    ...(files > 1 ? [`${filesSent} of ${files} files`] : []),
    `${formatBytes(bytesSent)} of ${formatBytes(bytes)}`,
  ].join(' · ');
  if (!isOnline) return `${amounts} · No connection. It goes on by itself when you are back.`;
  if (bytesSent >= bytes) return `${amounts} · Finishing…`;
  if (isStalled) return `${amounts} · No answer. It goes on by itself when the service is back.`;
  if (!rate) return amounts;
  return `${amounts} · ${formatBytes(rate)}/s · ${formatDuration((bytes - bytesSent) / rate)} left`;
}
