/** Runs the benchmark: see --help. Prints a table and JSON, and writes dist/bench.json. */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { withServers, type RunningServer, type Workplace } from '../test/server-process.ts';
import { backendOf, type Backend } from './backend.ts';
import { measureEmbeddedS3 } from './embedded-s3.ts';
import { measureLambdaStart } from './lambda-start.ts';
import { measureLargeFile } from './large-file.ts';
import { OptionError, readOptions, USAGE, type Options } from './options.ts';
import { table, type Line } from './report.ts';
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

async function measure(options: Options, workplace: Workplace): Promise<Line[]> {
  const { rows, rounds, size } = options;
  const { dataDir } = workplace;
  const lines: Line[] = [];
  const folder = join(dataDir, 'bench');
  await mkdir(folder);
  if (rows.has('d')) lines.push(...(await measureLambdaStart(folder, rounds)));
  if (rows.size === Number(rows.has('d'))) return lines;

  const file = join(folder, 'large.bin');
  await pipeline(Readable.from(bytes(size)), createWriteStream(file));
  const server = await workplace.start();
  const bench = { ...options, folder, file, server, backend: await backendOf(server, dataDir) };
  if (rows.has('a')) lines.push(...(await measureLargeFile(bench)));
  if (rows.has('b')) lines.push(...(await measureEmbeddedS3(bench)));
  if (rows.has('c')) lines.push(...(await measureSmallFiles(bench)));
  return lines.sort((one, other) => one.row.localeCompare(other.row));
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
  let lines: Line[] = [];
  await withServers(async (workplace) => {
    lines = await measure(options, workplace);
  });
  const json = JSON.stringify({ size: options.size, rounds: options.rounds, lines }, null, 2);
  await mkdir(OUT, { recursive: true });
  await writeFile(join(OUT, 'bench.json'), `${json}\n`);
  console.log(`${table(lines)}\n\n${json}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 1;
}
