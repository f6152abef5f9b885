/** What a rebuild of the table found, and did unless it was a dry run. */
export interface ReindexReport {
  /** Whether nothing was written: the numbers then tell what would have been done. */
  dry_run: boolean;
  /** Objects looked at. */
  objects: number;
  /** Rows looked at: none where it went on after a key. */
  rows: number;
  /** Objects that had no row, or one that only reserved its id. */
  rows_rebuilt: number;
  /** Files whose bytes were looked at: without a verdict, unlike their objects, or all of them. */
  examined: number;
  valid: number;
  invalid: number;
  /** Rows with a verdict that was not the right one any more. */
  rows_corrected: number;
  rows_without_object: number;
  /** Those of them that did not say so. */
  newly_missing: number;
  deletions_finished: number;
  /** Reservations of ids that nobody came back for. */
  reservations_removed: number;
  /** Objects and rows that could not be handled. */
  failures: number;
}

/** What looking at one object or row adds to a report. */
export type Counts = Partial<Omit<ReindexReport, 'dry_run' | 'rows' | 'objects' | 'failures'>>;

export function emptyReport(dryRun: boolean): ReindexReport {
  return {
    dry_run: dryRun,
    objects: 0,
    rows: 0,
    rows_rebuilt: 0,
    examined: 0,
    valid: 0,
    invalid: 0,
    rows_corrected: 0,
    rows_without_object: 0,
    newly_missing: 0,
    deletions_finished: 0,
    reservations_removed: 0,
    failures: 0,
  };
}

export function addCounts(report: ReindexReport, counts: Counts): void {
  for (const [name, count] of Object.entries(counts)) report[name as keyof Counts] += count;
}

/** A report as lines for people. */
export function describeReport(report: ReindexReport): string {
  const lines: [string, number, string?][] = [
    ['Objects', report.objects],
    ['Rows', report.rows],
    ['Rows rebuilt', report.rows_rebuilt],
    ['Files examined', report.examined, `${report.valid} valid, ${report.invalid} invalid`],
    ['Rows corrected', report.rows_corrected],
    ['Rows without object', report.rows_without_object, `${report.newly_missing} newly found`],
    ['Deletions finished', report.deletions_finished],
    ['Reservations removed', report.reservations_removed],
    ['Failures', report.failures],
  ];
  const labelWidth = Math.max(...lines.map(([label]) => label.length));
  const countWidth = Math.max(...lines.map(([, count]) => String(count).length));
  return [
    ...lines.map(([label, count, note]) => {
      const line = `${label.padEnd(labelWidth)}  ${String(count).padStart(countWidth)}`;
      return note && count > 0 ? `${line}  (${note})` : line;
    }),
    ...(report.dry_run ? ['This was a dry run: nothing was written.'] : []),
  ].join('\n');
}
