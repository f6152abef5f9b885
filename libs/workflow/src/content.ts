import type { ValidationError } from '@file-upload/shared-types';
import { readHead, type ContentSource } from './content-source.ts';
import { contradicts, mayBeDeclared, mediaType, saysNothing } from './content-type.ts';
import { detectType, startsAsPdf, type Detection } from './detect-type.ts';
import { truncationOf } from './truncation.ts';

export type { ContentSource } from './content-source.ts';

export interface ContentFindings {
  /** Media type the bytes show, when they show one: in lower case, without parameters. */
  detectedType?: string;
  /** Why the bytes contradict what was declared: CONTENT_TYPE_MISMATCH or CONTENT_TRUNCATED. */
  problem?: ValidationError;
}

/**
 * Examines whether the bytes of a file are of the type that was declared, and whether a PNG or a
 * WebP is all there; of other formats the end is not looked at. It finds honest mistakes and plain
 * masquerade. It looks for no malware, and a file made to be of two types at once passes as either.
 *
 * The memory is constant and so is the number of bytes that are read: the first 256 KiB in one
 * range, and of a PNG its last 64 KiB and at most 64 windows of 256 KiB, one after the other.
 *
 * It throws for no content. A fault of `source.read` passes through.
 *
 * @param declaredType a media type; its parameters and its case do not matter
 */
export async function examineContent(
  source: ContentSource,
  declaredType: string,
): Promise<ContentFindings> {
  const declared = mediaType(declaredType);
  const head = await readHead(source);
  const found = await detectContent(head, declared);
  const problem = contradicts(declared, found)
    ? mismatch(declared, found, source.size)
    : await truncation(source, head, declared, found);
  return {
    ...(found?.type !== undefined && { detectedType: found.type }),
    ...(problem && { problem }),
  };
}

const PDF = { type: 'application/pdf', name: 'application/pdf', isText: false };

async function detectContent(head: Uint8Array, declared: string): Promise<Detection | undefined> {
  const found = await detectType(head);
  // Only where a PDF is expected: a text may well be about PDF.
  if (!found && mayBeDeclared(declared, PDF.type) && startsAsPdf(head)) return PDF;
  return found;
}

function mismatch(declared: string, found: Detection | undefined, size: number): ValidationError {
  const code = 'CONTENT_TYPE_MISMATCH';
  if (size === 0) {
    const message = `The file is empty, and a file of type ${declared} never is. Upload it with its content.`;
    return { code, message };
  }
  const bytes = found ? `are ${found.name}` : 'are not of that type';
  const message = `The file was declared as ${declared}, but its bytes ${bytes}. Upload it with the type that it has.`;
  return { code, message };
}

/** A format that nobody knows may start like a picture and end in a way of its own. */
async function truncation(
  source: ContentSource,
  head: Uint8Array,
  declared: string,
  found: Detection | undefined,
): Promise<ValidationError | undefined> {
  if (found?.type === undefined) return undefined;
  if (!saysNothing(declared) && !mayBeDeclared(declared, found.type)) return undefined;
  const message = await truncationOf(source, head, found.type);
  return message === undefined ? undefined : { code: 'CONTENT_TRUNCATED', message };
}
