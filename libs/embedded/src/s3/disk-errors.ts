const FULL = /^(ENOSPC|EDQUOT)$/;
const READ_ONLY = /^(EROFS|EACCES|EPERM)$/;

/**
 * Whether an error says that the disk is full or must not be written to. LevelDB gives only the
 * text of the system's error, in a cause.
 */
export function diskTrouble(error: unknown): 'full' | 'read-only' | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
    if (FULL.test(code) || /no space left|quota exceeded/i.test(cause.message)) return 'full';
    if (READ_ONLY.test(code) || /read-only file system/i.test(cause.message)) return 'read-only';
  }
  return undefined;
}
