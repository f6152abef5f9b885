import type { ImageSize } from '@file-upload/shared-types';
import { readHead, type ContentSource } from './content-source.ts';

/**
 * The size of a picture in pixels, as it is stored; undefined where it is none, of a kind unknown,
 * damaged, or says its size only after its first 256 KiB. Known are PNG, JPEG, GIF, WebP, AVIF and
 * HEIC. It throws for no content; a fault of `source.read` passes through.
 */
export async function readImageSize(source: ContentSource): Promise<ImageSize | undefined> {
  const head = await readHead(source);
  // Imported here so that the Lambda bundle keeps it in a chunk that only this task loads.
  const { imageDimensionsFromData } = await import('image-dimensions');
  try {
    const { width, height } = imageDimensionsFromData(head) ?? {};
    return isPixels(width) && isPixels(height) ? { width, height } : undefined;
  } catch {
    // The bytes were made up by whoever uploaded them, and the parser did not expect that.
    return undefined;
  }
}

function isPixels(length: number | undefined): length is number {
  return Number.isSafeInteger(length) && length !== undefined && length > 0;
}
