/**
 * Prints what a stack costs, or writes it into docs/costs.md, or with `--check` says whether what is
 * there is still so. See --help.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OptionError, readOptions, USAGE } from './options.ts';
import { prices, report } from './table.ts';

const PAGE = join(import.meta.dirname, '../../../docs/costs.md');
const BEGIN = '<!-- Written by `npx nx run infra:costs -- --write`. -->';
const END = '<!-- End of what is written. -->';

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function run(args: string[]): Promise<void> {
  const { help, write, check, ...question } = readOptions(args);
  if (help) console.log(USAGE);
  else if (!write && !check) console.log(report(question));
  else {
    const page = await readFile(PAGE, 'utf8');
    const written = withTables(page, `${report(question)}\n\n## Prices\n\n${prices()}`);
    if (write) await writeFile(PAGE, written);
    else if (written !== page) {
      console.error('docs/costs.md is stale. Run: npx nx run infra:costs -- --write');
      process.exitCode = 1;
    }
  }
}

function withTables(page: string, tables: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has no place for the tables.`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${tables}\n\n${page.slice(end)}`;
}
