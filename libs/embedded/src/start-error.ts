import { diskTrouble } from './s3/disk-errors.ts';
import { EmbeddedStartError, type EmbeddedOptions } from './embedded.ts';

/** Turns what went wrong at the start into words for the person who started it. */
export function startError(error: unknown, options: EmbeddedOptions): EmbeddedStartError {
  const { dataDir, s3Port } = options;
  const code = codeOf(error);
  return new EmbeddedStartError(code, message(), { cause: error });

  function message(): string {
    switch (code) {
      case 'LEVEL_LOCKED':
        return `Another process is using the data folder ${dataDir}. Stop it, or set DATA_DIR to another folder.`;
      case 'EADDRINUSE':
        return `Port ${s3Port} on 127.0.0.1 is taken. Stop what is listening there, or set S3_PORT to another port (0 means any free one).`;
      case 'ENOSPC':
        return `There is no space left on the disk of the data folder ${dataDir}. Free some, or set DATA_DIR to a folder on another disk.`;
      default:
        return `The data folder ${dataDir} cannot be used (${describe(error)}). Make sure that it is a folder that can be written to, or set DATA_DIR to another one.`;
    }
  }
}

/** The code of the innermost cause that has one: LevelDB wraps its own. */
function codeOf(error: unknown): string {
  if (diskTrouble(error) === 'full') return 'ENOSPC';
  let code = 'UNKNOWN';
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') code = cause.code;
  }
  return code;
}

function describe(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause !== undefined) innermost = innermost.cause;
  return innermost instanceof Error ? innermost.message : String(innermost);
}
