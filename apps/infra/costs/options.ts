import { parseArgs } from 'node:util';
import type { Question } from './table.ts';

const COMMAND = 'npx nx run infra:costs';

export const USAGE = `Says what a stack costs in a month, at AWS's list prices and without any free tier.

  ${COMMAND} -- [options]

  --uploads=<numbers>  uploads in the month: 1000,1000000,100000000 unless given
  --size=<MB>          of each file, in millions of bytes: 2 unless given, at most 4.5
  --write              writes it into docs/costs.md, for what is given above by itself
  --check              ends with 1 where docs/costs.md says something else
  --help               prints this`;

/** An option that cannot be used; the message says why. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

export interface CostsCommand extends Question {
  write: boolean;
  check: boolean;
  help: boolean;
}

/** @throws OptionError */
export function readOptions(args: string[]): CostsCommand {
  const { uploads, size, write, check, help } = parse(args);
  if ((write || check) && (uploads !== undefined || size !== undefined)) {
    throw new OptionError('The page is about the uploads and the size that nobody gave.');
  }
  return {
    write,
    check,
    help,
    uploads: (uploads ?? '1000,1000000,100000000').split(',').map((text) => {
      if (!/^\d{1,15}$/.test(text)) {
        throw new OptionError(`--uploads takes whole numbers, such as 1000,5000000, not ${text}.`);
      }
      return Number(text);
    }),
    fileBytes: readSize(size ?? '2'),
  };
}

function readSize(text: string): number {
  const megabytes = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  // More does not fit into what API Gateway passes to a function.
  if (megabytes > 0 && megabytes <= 4.5) return megabytes * 1e6;
  throw new OptionError(`--size takes megabytes, more than 0 and at most 4.5, not ${text}.`);
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        uploads: { type: 'string' },
        size: { type: 'string' },
        write: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    const [line = ''] = (cause as Error).message.split('\n');
    throw new OptionError(`${line.replace(/\.$/, '')}. See ${COMMAND} -- --help`, { cause });
  }
}
