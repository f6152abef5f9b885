export type FileKind = 'image' | 'video' | 'audio' | 'pdf' | 'archive' | 'table' | 'text' | 'other';

const KINDS: [RegExp, FileKind][] = [
  [/^image\//, 'image'],
  [/^video\//, 'video'],
  [/^audio\//, 'audio'],
  [/^application\/pdf$/, 'pdf'],
  [/\b(zip|x-tar|gzip|x-7z-compressed|x-rar-compressed|vnd\.rar|zstd|x-bzip2?|x-xz)$/, 'archive'],
  [/^text\/(csv|tab-separated-values)$|spreadsheet|ms-excel/, 'table'],
  [/^text\/|msword|wordprocessing|opendocument\.text|\b(json|xml|yaml|rtf)$/, 'text'],
];

/** What sort of file a media type is, for people. */
export function kindOf(contentType: string): FileKind {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? 'other';
}

const UNKNOWN = 'application/octet-stream';

/** The media type of a file: what its bytes show, where it was not declared. */
export function typeOf(file: { content_type: string; detected_type?: string }): string {
  return file.content_type === UNKNOWN ? (file.detected_type ?? UNKNOWN) : file.content_type;
}

/** What every browser shows in an <img>, and what cannot run anything. */
const PREVIEWED = /^image\/(png|jpeg|gif|webp|avif)$/;
/** Bytes: a larger picture is not worth its transfer for a thumbnail. */
const MAX_PREVIEW_BYTES = 16 * 1024 ** 2;

/** Whether the bytes of a file are to be shown as a picture: only once they were examined. */
export function hasPreview(file: {
  content_type: string;
  detected_type?: string;
  file_size: number;
  validation_status: string;
}): boolean {
  return (
    file.validation_status === 'VALID' &&
    file.file_size <= MAX_PREVIEW_BYTES &&
    PREVIEWED.test(typeOf(file))
  );
}
