import type { Zip } from '../test/lambda-zip.ts';

/** One line of the report: what was measured, beside the same for its baseline. */
export interface Line {
  row: string;
  subject: string;
  unit: string;
  value: number;
  baseline: string;
  baselineValue: number;
  /** `value` by `baselineValue`. */
  ratio: number;
  better: 'higher' | 'lower';
}

/** A line of the report. What is counted in seconds or bytes is better when it is lower. */
export function line(
  row: string,
  [subject, value]: [string, number],
  [baseline, baselineValue]: [string, number],
  unit: 'MB/s' | 'requests/s' | 'MiB' | 'ms' | 'KiB',
): Line {
  return {
    row,
    subject,
    unit,
    value,
    baseline,
    baselineValue,
    ratio: value / baselineValue,
    better: unit.endsWith('/s') ? 'higher' : 'lower',
  };
}

/** The report as a table for people. */
export function table(lines: readonly Line[]): string {
  const cells = [
    ['', 'measured', '', 'baseline', '', 'unit', 'ratio', 'better'],
    ...lines.map((one) => [
      one.row,
      one.subject,
      digits(one.value),
      one.baseline,
      digits(one.baselineValue),
      one.unit,
      one.ratio.toFixed(2),
      one.better,
    ]),
  ];
  return aligned(cells, [false, false, true, false, true, false, true, false]);
}

/** The files of a zip as a table for people. */
export function contentsOf({ bytes, files }: Zip): string {
  const cells = [
    ['file of the zip', 'bytes', 'zipped'],
    ...files.map((file) => [file.name, String(file.bytes), String(file.zipped)]),
    ['the whole zip', '', String(bytes)],
  ];
  return aligned(cells, [false, true, true]);
}

function aligned(cells: string[][], isNumber: readonly boolean[]): string {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          isNumber[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function digits(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}
