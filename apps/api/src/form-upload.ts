import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyHeaders } from '@fastify/busboy';
import { AppError, CreateFileFormFields, LIMITS, type ErrorCode } from '@file-upload/shared-types';
import { Check, Errors } from 'typebox/schema';

/** The file part of a form, while it arrives. */
export interface FormFile {
  fields: CreateFileFormFields;
  /** What the part's own headers say; undefined where they say nothing. */
  fileName: string | undefined;
  contentType: string | undefined;
  bytes: AsyncIterable<Uint8Array>;
}

/** Something made of a file's bytes that can still be undone. */
export interface Discardable {
  discard(): Promise<void>;
}

const FORM_LIMITS = { files: 1, fields: 10, parts: 12, fieldNameSize: 100, fieldSize: 4096 };

/**
 * Reads a `multipart/form-data` body (RFC 7578) that has exactly one file, and never holds more of
 * it than {@link LIMITS.lambdaInlineBytes}. A file that is no larger may stand before the fields,
 * which is where many generated clients put it; of a larger one they have to be known before it is
 * passed on. `receive` is called as soon as they are, and reads the file to its end. What it made is
 * returned once the whole form turned out to be well-formed, and otherwise discarded.
 *
 * @throws INVALID_FORM, FILE_PART_MISSING, TOO_MANY_FILES, UPLOAD_INTERRUPTED, the codes of the
 *   fields, and what `receive` throws
 */
export async function readForm<T extends Discardable>(
  body: Readable,
  headers: IncomingHttpHeaders,
  receive: (file: FormFile) => Promise<T>,
): Promise<T> {
  const form = openForm(headers);
  const fields = new Map<string, string>();
  let file: BusboyFileStream | undefined;
  let isPassedOn = false;
  let received: Promise<T> | undefined;

  try {
    const whole = new Promise<void>((resolve, reject) => {
      const refuse = (code: ErrorCode, message: string) => {
        reject(new AppError(code, message));
      };
      form.on('field', (name, value, nameTruncated, valueTruncated) => {
        if (isPassedOn)
          refuse('INVALID_FORM', `The field "${name}" comes after the file. Put the file last.`);
        else if (nameTruncated || valueTruncated) refuse('INVALID_FORM', `A field is too long.`);
        else if (fields.has(name)) refuse('INVALID_FORM', `The field "${name}" is there twice.`);
        else fields.set(name, value);
      });
      form.on('file', (name, stream, fileName: string | undefined, _encoding, contentType) => {
        stream.on('error', () => undefined); // Reported by the form as a whole.
        if (name !== 'file') {
          refuse('INVALID_FORM', `The part "${name}" has a file. Name the part "file".`);
          return;
        }
        file = stream;
        received = readAhead(stream, () => whole).then((bytes) => {
          isPassedOn = true;
          return receive({ fields: parseFields(fields), fileName, contentType, bytes });
        });
        received.catch(reject);
      });
      form.on('filesLimit', () => {
        refuse('TOO_MANY_FILES', 'The form has several files. Send one file a request.');
      });
      form.on('fieldsLimit', () => {
        refuse('INVALID_FORM', 'The form has too many fields.');
      });
      form.on('partsLimit', () => {
        refuse('INVALID_FORM', 'The form has too many parts.');
      });
      form.on('error', () => {
        refuse('INVALID_FORM', 'The form ends before its closing boundary, or is malformed.');
      });
      form.on('finish', resolve);
      body.on('error', reject);
      body.on('close', () => {
        if (!body.readableEnded) refuse('UPLOAD_INTERRUPTED', 'The client closed the connection.');
      });
      body.pipe(form);
    });
    await whole;
    if (!received) {
      throw new AppError('FILE_PART_MISSING', 'The form has no part "file" with a file in it.');
    }
    return await received;
  } catch (error) {
    body.unpipe(form);
    // Whoever reads the file must not wait for bytes that will never come.
    file?.destroy(error as Error);
    await received?.then(
      (made) => made.discard(),
      () => undefined,
    );
    throw error;
  }
}

/**
 * Reads as much of a file as may be held. Where that is all of it, waits for the end of the form.
 *
 * @returns the whole file
 */
async function readAhead(
  stream: BusboyFileStream,
  endOfForm: () => Promise<void>,
): Promise<AsyncIterable<Uint8Array>> {
  const source: AsyncIterableIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  for (let size = 0; size <= LIMITS.lambdaInlineBytes;) {
    const next = await source.next();
    if (next.done) {
      await endOfForm();
      break;
    }
    chunks.push(next.value);
    size += next.value.byteLength;
  }
  return (async function* () {
    for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) yield chunk;
    yield* source;
  })();
}

function openForm(headers: IncomingHttpHeaders) {
  try {
    return Busboy({
      headers: headers as BusboyHeaders,
      limits: FORM_LIMITS,
      // A name with folders in it is refused by the rules for names, not shortened in silence.
      preservePath: true,
      isPartAFile: (name, _contentType, fileName) => name === 'file' || fileName !== undefined,
    });
  } catch (cause) {
    throw new AppError('INVALID_FORM', 'The Content-Type of the form names no boundary.', {
      cause,
    });
  }
}

function parseFields(fields: ReadonlyMap<string, string>): CreateFileFormFields {
  const { checksum, ...rest } = Object.fromEntries(fields);
  const parsed: unknown = {
    ...rest,
    ...(checksum !== undefined && { checksum: parseJson(checksum) }),
  };
  if (Check(CreateFileFormFields, parsed)) return parsed;
  const [, [first]] = Errors(CreateFileFormFields, parsed);
  const field = first?.instancePath.split('/')[1] ?? '';
  const code =
    field === 'file_name'
      ? 'INVALID_FILE_NAME'
      : field === 'content_type'
        ? 'INVALID_CONTENT_TYPE'
        : 'INVALID_FORM';
  throw new AppError(code, `The form field "${field}" ${first?.message ?? 'is not valid'}.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('INVALID_FORM', 'The field "checksum" is not JSON.', { cause });
  }
}
