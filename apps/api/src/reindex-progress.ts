import type { ReindexProgress } from './reindex-table.ts';

/** Where progress is shown: a terminal, or a file or pipe that keeps every line. */
export interface ProgressOutput {
  isTTY?: boolean;
  write(text: string): unknown;
}

const TERMINAL_MS = 1_000;
const LINE_ITEMS = 10_000;
/** Erases the line that the cursor is in. */
const ERASE = '\r\x1b[K';

/**
 * Shows how far it is: once a second in one line of a terminal, and every 10,000 objects or rows
 * elsewhere.
 *
 * @param now milliseconds
 */
export function createProgress(output: ProgressOutput, now = () => performance.now()) {
  const { isTTY = false } = output;
  const startedAt = now();
  let shownAt = startedAt;
  let shownItems = 0;

  return {
    update({ report, position }: ReindexProgress): void {
      const items = report.rows + report.objects;
      const isDue = isTTY ? now() - shownAt >= TERMINAL_MS : items - shownItems >= LINE_ITEMS;
      if (!isDue) return;
      shownAt = now();
      shownItems = items;
      const seconds = (shownAt - startedAt) / 1000;
      const rate = Math.round(items / Math.max(seconds, 0.001));
      const line = [
        `${report.rows} rows and ${report.objects} objects seen`,
        `${report.rows_rebuilt} rows rebuilt`,
        `${rate}/s`,
        ...(position === undefined ? [] : [`at ${position}`]),
      ].join(', ');
      output.write(isTTY ? `${ERASE}${line}` : `${line}\n`);
    },

    /** Writes a line that stays. */
    say(line: string): void {
      output.write(`${isTTY ? ERASE : ''}${line}\n`);
    },

    /** Takes the last of it from a terminal. */
    end(): void {
      if (isTTY) output.write(ERASE);
    },
  };
}
