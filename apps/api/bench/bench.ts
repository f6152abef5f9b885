/** Runs the benchmark: see --help. Prints a table and JSON, and writes dist/bench.json. */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Zip } from '../test/lambda-zip.ts';
import { withServers, type RunningServer, type Workplace } from '../test/server-process.ts';
import { backendOf, type Backend } from './backend.ts';
import { measureDirectUpload } from './direct-upload.ts';
import { measureEmbeddedS3 } from './embedded-s3.ts';
import { measureLambdaStart } from './lambda-start.ts';
import { measureLargeFile } from './large-file.ts';
import { OptionError, readOptions, USAGE, type Options } from './options.ts';
import { contentsOf, table, type Line } from './report.ts';
import { measureSmallFiles } from './small-files.ts';

const OUT = join(import.meta.dirname, '../dist');
const MIB = 1024 ** 2;

/** What the rows are measured with. */
export interface Bench extends Options {
  /** For what is written on the way; gone afterwards. */
  folder: string;
  /** Has `size` bytes. */
  file: string;
  server: RunningServer;
  backend: Backend;
}

/** What was measured, and what the Lambda's zip consists of. */
interface Report {
  lines: Line[];
  zip?: Zip;
}

async function measure(options: Options, workplace: Workplace): Promise<Report> {
  const { rows, rounds, size } = options;
  const { dataDir } = workplace;
  const folder = join(dataDir, 'bench');
  await mkdir(folder);
  const report: Report = rows.has('d') ? await measureLambdaStart(folder, rounds) : { lines: [] };
  if (rows.size === Number(rows.has('d'))) return report;
  const { lines } = report;

  const file = join(folder, 'large.bin');
  await pipeline(Readable.from(bytes(size)), createWriteStream(file));
  const server = await workplace.start();
  const bench = { ...options, folder, file, server, backend: await backendOf(server, dataDir) };
  if (rows.has('a')) lines.push(...(await measureLargeFile(bench)));
  if (rows.has('b')) lines.push(...(await measureEmbeddedS3(bench)));
  if (rows.has('c')) lines.push(...(await measureSmallFiles(bench)));
  if (rows.has('e')) lines.push(...(await measureDirectUpload(bench)));
  lines.sort((one, other) => one.row.localeCompare(other.row));
  return report;
}

function* bytes(size: number): Generator<Buffer> {
  for (let left = size; left > 0; left -= MIB) yield randomBytes(Math.min(MIB, left));
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return;
  }
  let report: Report = { lines: [] };
  await withServers(async (workplace) => {
    report = await measure(options, workplace);
  });
  const json = JSON.stringify({ size: options.size, rounds: options.rounds, ...report }, null, 2);
  await mkdir(OUT, { recursive: true });
  await writeFile(join(OUT, 'bench.json'), `${json}\n`);
  console.log(`${table(report.lines)}\n`);
  if (report.zip) console.log(`${contentsOf(report.zip)}\n`);
  console.log(json);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 1;
}
