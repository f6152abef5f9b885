import { parseArgs } from 'node:util';

const ROWS = ['a', 'b', 'c', 'd', 'e'] as const;
type RowName = (typeof ROWS)[number];

const UNITS: Readonly<Record<string, number>> = { MiB: 1024 ** 2, GiB: 1024 ** 3 };

export interface Options {
  rows: ReadonlySet<RowName>;
  /** Bytes of the large file. */
  size: number;
  rounds: number;
  help: boolean;
}

export const USAGE = `Measures the service beside what it is built on, and prints ratios.

  npx nx run api:bench [--rows=a,b,c,d,e] [--size=1GiB] [--rounds=5]

  a  a large form upload and download: speed and memory
  b  the embedded S3 alone
  c  small uploads, and reads of metadata, by 32 clients
  d  the start of the Lambda
  e  a large file straight to the store, by uploadFile: speed and memory

Each number is the median of the rounds, and in each round subject and baseline take turns.`;

/** An option that cannot be used; the message says why. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** @throws OptionError */
export function readOptions(args: string[]): Options {
  const values = parse(args);
  const rows = values.rows.split(',').map((name) => {
    const row = ROWS.find((one) => one === name);
    if (!row) throw new OptionError(`There is no row "${name}". There are: ${ROWS.join()}`);
    return row;
  });
  const [, count = '', unit = ''] = /^(\d+)(MiB|GiB)$/.exec(values.size) ?? [];
  const size = Number(count) * (UNITS[unit] ?? 0);
  if (!size) throw new OptionError('--size is a number of MiB or GiB, such as 256MiB.');
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new OptionError('--rounds is 1 or more.');
  return { rows: new Set(rows), size, rounds, help: values.help };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        rows: { type: 'string', default: ROWS.join() },
        size: { type: 'string', default: '1GiB' },
        rounds: { type: 'string', default: '5' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    throw new OptionError((cause as Error).message, { cause });
  }
}
