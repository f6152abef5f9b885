import { billOf, DESIGNS, publicItems, total, type Design, type Item } from './bill.ts';
import { charge, PRICE_LIST, type PriceName } from './price.ts';

const NAMES: Record<Design, string> = {
  form: 'form through the function',
  direct: 'straight to S3',
  rest: 'REST, base64, Standard',
};

/** What to reckon with. */
export interface Question {
  /** In a month, one column each. */
  uploads: number[];
  fileBytes: number;
}

/** Everything that is printed, as Markdown. */
export function report(question: Question): string {
  return [
    bills('form', question),
    'The same for each way to take files, without what is kept:',
    comparison(question),
    `By service, for ${count(middle(question))} uploads:`,
    services(question),
  ].join('\n\n');
}

/** The items of a design's bill, with their sums. */
function bills(design: Design, { uploads, fileBytes }: Question): string {
  const all = uploads.map((number) => billOf(design, number, fileBytes));
  const lines = (part: 'uploads' | 'kept' | 'fixed') =>
    all[0]![part].map(({ service, what }, index) => [
      `${service}: ${what}`,
      ...all.map((bill) => dollars(costOf(bill[part][index]!))),
    ]);
  const sum = (name: string, part: 'uploads' | 'kept' | 'fixed') => [
    `**${name}**`,
    ...all.map((bill) => `**${dollars(total(bill[part]))}**`),
  ];
  return markdownTable([
    ['US dollars a month', ...uploads.map((number) => `${count(number)} uploads`)],
    ...lines('uploads'),
    sum('uploads', 'uploads'),
    ...lines('kept'),
    sum('kept: each month that the files stay', 'kept'),
    ...lines('fixed'),
    sum('fixed: also without any upload', 'fixed'),
  ]);
}

function comparison({ uploads, fileBytes }: Question): string {
  return markdownTable([
    ['US dollars a month', ...uploads.map((number) => `${count(number)} uploads`)],
    ...DESIGNS.map((design) => [
      NAMES[design],
      ...uploads.map((number) => dollars(total(billOf(design, number, fileBytes).uploads))),
    ]),
    [
      'more for each of these that is public',
      ...uploads.map((number) => dollars(total(publicItems(number)))),
    ],
  ]);
}

function services(question: Question): string {
  const number = middle(question);
  const items = DESIGNS.map((design) => billOf(design, number, question.fileBytes).uploads);
  const names = [...new Set(items.flat().map(({ service }) => service))];
  const of = (service: string) =>
    items.map((all) => all.filter((item) => item.service === service));
  return markdownTable([
    ['US dollars a month', ...DESIGNS.map((design) => NAMES[design])],
    ...names.map((service) => [service, ...of(service).map((some) => dollars(total(some)))]),
    ['**together**', ...items.map((all) => `**${dollars(total(all))}**`)],
  ]);
}

/** The prices as they are reckoned with, and where they are from. */
export function prices(): string {
  const names = Object.keys(PRICE_LIST.prices) as PriceName[];
  return markdownTable(
    [
      ['price', 'US dollars', 'for'],
      ...names.map((name) => {
        const { per, tiers, unit, source } = PRICE_LIST.prices[name];
        const steps = tiers.map((tier) => {
          const { first, usd } = tier as { first?: number; usd: number };
          return first === undefined ? String(usd) : `${usd} (first ${count(first)})`;
        });
        return [
          `[${name}](${source})`,
          steps.join(', then '),
          `${per === 1 ? '' : `${count(per)} × `}${unit}`,
        ];
      }),
    ],
    ['left', 'left', 'left'],
  );
}

function middle({ uploads }: Question): number {
  return uploads[Math.floor((uploads.length - 1) / 2)]!;
}

function costOf({ price, quantity }: Item): number {
  return charge(price, quantity);
}

/** Two places; what is less than a cent, and not nothing, is said to be so. */
export function dollars(amount: number): string {
  if (amount > 0 && amount < 0.005) return '< 0.01';
  return amount.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** As Prettier writes it. */
function markdownTable(
  rows: string[][],
  align: ('left' | 'right')[] = rows[0]!.map((_, index) => (index === 0 ? 'left' : 'right')),
): string {
  const widths = rows[0]!.map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]!.length)),
  );
  const line = (row: string[]) =>
    `| ${row
      .map((cell, column) =>
        align[column] === 'left' ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join(' | ')} |`;
  const rule = widths.map((width, column) =>
    align[column] === 'left' ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const [head = [], ...body] = rows;
  return [line(head), line(rule), ...body.map(line)].join('\n');
}
