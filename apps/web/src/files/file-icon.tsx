import { kindOf, type FileKind } from './file-kind.ts';

const LABELS: Record<FileKind, string> = {
  image: 'Picture',
  video: 'Video',
  audio: 'Audio',
  pdf: 'PDF',
  archive: 'Archive',
  table: 'Table',
  text: 'Text',
  other: 'File',
};

const SHEET = 'M6 3h8l4 4v14H6z M14 3v4h4';

/** Strokes on a grid of 24 by 24. */
const PATHS: Record<FileKind, string> = {
  image: 'M4 5h16v14H4z M4 16l4.5-4.5 4 4 3-3L20 17 M15.5 9.5h.01',
  video: 'M4 6h11v12H4z M15 10.5l5-3v9l-5-3',
  audio:
    'M9 17.5V6l10-2v11.5 M9 17.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z M19 15.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z',
  pdf: `${SHEET} M8.4 17v-5h.7a1.3 1.3 0 0 1 0 2.6h-.7 M11.8 12v5h.2a1.4 2.5 0 0 0 0-5z M15.4 17v-5h1.2 M15.4 14.5h1`,
  archive: `${SHEET} M11 8h2 M11 11h2 M11 14h2v3h-2z`,
  table: `${SHEET} M9 11h6v6H9z M12 11v6 M9 14h6`,
  text: `${SHEET} M9 12h6 M9 15h6 M9 18h3`,
  other: SHEET,
};

/** The icon of a file's type, which is also told in words. */
export function FileIcon({ contentType }: { contentType: string }) {
  const kind = kindOf(contentType);
  return (
    <svg
      class={`file-icon file-icon-${kind}`}
      viewBox="0 0 24 24"
      role="img"
      aria-label={LABELS[kind]}
    >
      <path d={PATHS[kind]} />
    </svg>
  );
}
