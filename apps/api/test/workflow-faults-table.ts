import type { FileEvent } from '@file-upload/shared-types';
import type { FileRow } from '@file-upload/storage';
import { sum, type RandomFaults } from './random-faults.ts';
import { FILE_KINDS, type KnownFile } from './workflow-faults-files.ts';

type Line = readonly (string | number)[];

/** A table in text: the first column to the left, the others to the right. */
export function tableOf(title: string, lines: readonly Line[]): string {
  const rows = lines.map((line) => line.map(String));
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const texts = rows.map(([first = '', ...others]) =>
    [
      first.padEnd(widths[0] ?? 0),
      ...others.map((cell, index) => cell.padStart(widths[index + 1] ?? 0)),
    ].join('  '),
  );
  return ['', title, '', ...texts, ''].join('\n');
}

/** What became of the files, by kind. */
export function fileLines(
  files: readonly KnownFile[],
  rows: ReadonlyMap<string, FileRow>,
  announcements: ReadonlyMap<string, FileEvent[]>,
): Line[] {
  const codes = [...new Set(FILE_KINDS.flatMap(({ code }) => code ?? []))];
  const line = (name: string, some: readonly KnownFile[]): Line => {
    const found = some.map(({ fileId }) => rows.get(fileId));
    const times = some.map(({ fileId }) => announcements.get(fileId)?.length ?? 0);
    return [
      name,
      some.length,
      found.filter((row) => row?.validation_status === 'VALID').length,
      ...codes.map((code) => found.filter((row) => row?.validation_error?.code === code).length),
      times.filter((time) => time === 1).length,
      times.filter((time) => time > 1).length,
    ];
  };
  const byKind = FILE_KINDS.map((kind): Line => {
    const some = files.filter((file) => file.kind === kind);
    return line(kind.name, some);
  });
  const head = ['', 'files', 'VALID', ...codes, 'announced once', 'more often'];
  return [head, ...byKind, line('all', files)];
}

/** What went wrong, by place. */
export function faultLines({ steps, faults, deaths }: RandomFaults): Line[] {
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort();
  const line = (name: string, operations: number | '', isMeant: (place: string) => boolean) => {
    const some = faults.filter(({ place }) => isMeant(place));
    const crashes = deaths.filter(({ place }) => isMeant(place));
    const split = (all: readonly { when: string }[]) =>
      (['before', 'after'] as const)
        .map((when) => all.filter((one) => one.when === when).length)
        .join(' + ');
    const byKind = kinds.map((kind) => split(some.filter((fault) => fault.kind === kind)));
    return [name, operations, some.length, ...byKind, split(crashes)];
  };
  const places = [...new Set([...steps.keys(), ...deaths.map(({ place }) => place)])].sort();
  return [
    ['', 'operations', 'faults', ...kinds, 'crashes'],
    ...places.map((place) => line(place, steps.get(place) ?? '', (other) => other === place)),
    line('all', sum(steps), () => true),
  ];
}
