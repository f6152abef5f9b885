import type { FileMetadata } from '@file-upload/shared-types';
import { create } from 'content-disposition';

/** Types that a browser shows and that can run nothing. All others are saved. */
const PASSIVE =
  /^(image\/(png|jpeg|gif|webp|avif|bmp)|(audio|video)\/[\w.+-]+|text\/plain|application\/pdf)\s*(;|$)/i;

/** The Content-Disposition (RFC 6266) that a file is served with. */
export function dispositionOf(
  file: Pick<FileMetadata, 'file_name' | 'content_type'>,
  { download }: { download: boolean },
): string {
  const type = !download && PASSIVE.test(file.content_type) ? 'inline' : 'attachment';
  return create(file.file_name, { type });
}
