import { parseArgs } from 'node:util';

export interface ReindexCommand {
  dryRun: boolean;
  verify: boolean;
  startAfter: string | undefined;
  json: boolean;
  help: boolean;
}

export const COMMAND = 'npx nx run api:reindex';

export const USAGE = `Rebuilds the metadata table from the bucket, and repairs where the two have drifted apart.

  ${COMMAND} [options]

  --dry-run            says what would be done, and writes nothing
  --verify             examines every object again, and not only where its row gives a reason
  --start-after=<key>  goes on with the objects after this key, of which an interrupted run tells
  --json               prints the report as one JSON object
  --help               prints this; through Nx: ${COMMAND} -- --help

It works on the embedded stores under DATA_DIR, or, where BUCKET_NAME and METADATA_TABLE are set, on
AWS. It ends with 0 when all is well or repaired, 1 when something failed, 130 when interrupted.`;

/** An option that cannot be used; the message says why. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** @throws OptionError */
export function readOptions(args: string[]): ReindexCommand {
  const values = parse(args);
  return { ...values, dryRun: values['dry-run'], startAfter: values['start-after'] };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        'dry-run': { type: 'boolean', default: false },
        verify: { type: 'boolean', default: false },
        'start-after': { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    const [line = ''] = (cause as Error).message.split('\n');
    throw new OptionError(`${line.replace(/\.$/, '')}. See ${COMMAND} -- --help`, { cause });
  }
}

/** What goes on where a run with these options stopped. */
export function commandToGoOn(
  { dryRun, verify, json }: ReindexCommand,
  position: string | undefined,
): string {
  return [
    COMMAND,
    ...(dryRun ? ['--dry-run'] : []),
    ...(verify ? ['--verify'] : []),
    ...(json ? ['--json'] : []),
    ...(position === undefined ? [] : [`--start-after='${position}'`]),
  ].join(' ');
}
