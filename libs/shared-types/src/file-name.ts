import { LIMITS } from './limits.ts';

/** Names that Windows gives to devices, whatever their extension. */
const DEVICE_NAME = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
const SAFE_NAME_LENGTH = 100;

/**
 * Why a file name cannot be taken, as a sentence for people; undefined when it can. Names are kept
 * exactly as given, so what cannot be kept is refused: text that is not valid Unicode, control
 * characters (Unicode category Cc), path separators and the names `.` and `..`.
 */
export function fileNameProblem(name: string): string | undefined {
  if (name === '') return 'The file name is empty.';
  if (!name.isWellFormed()) return 'The file name is not valid Unicode.';
  if ([...name].length > LIMITS.fileNameLength) {
    return `The file name has more than ${LIMITS.fileNameLength} characters.`;
  }
  if (/\p{Cc}/u.test(name)) return 'The file name contains a control character.';
  if (/[/\\]/.test(name)) return 'The file name contains a path separator. Send the name alone.';
  if (name === '.' || name === '..') return 'The file name names a folder.';
  return undefined;
}

/**
 * What of a file name becomes part of an S3 key: at most 100 of the characters that S3 calls safe
 * everywhere, keeping the extension.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
export function safeObjectName(name: string): string {
  const safe = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[._]+|[._]+$/g, '');
  const extension = /\.[A-Za-z0-9]{1,10}$/.exec(safe)?.[0] ?? '';
  const stem = safe.slice(0, safe.length - extension.length);
  const short = stem.slice(0, SAFE_NAME_LENGTH - extension.length) + extension;
  if (short === '') return 'file';
  return DEVICE_NAME.test(short) ? `_${short}` : short;
}

/** The key of a file's object. */
export function objectKey(fileId: string, fileName: string): string {
  return `${fileId}/${safeObjectName(fileName)}`;
}

/** No name of an object has a slash, so no file's own key is like these. */
const INCOMING = '/incoming/';

/** Where a form brings the bytes of a file with this key; they become its object from there. */
export function incomingKey(key: string): string {
  return key.replace('/', INCOMING);
}

/** The key of the file that the object with an {@link incomingKey} is for; undefined of any other. */
export function keyOfIncoming(key: string): string | undefined {
  return /^[^/]+\/incoming\/[^/]+$/.test(key) ? key.replace(INCOMING, '/') : undefined;
}
