import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { FakeEngine } from './fake-engine.ts';
import { startMonitor } from './monitor.ts';
import { simulate } from './simulate.ts';
import type { Provider, Resource, Topology } from './topology.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const RUN = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run');
const TIME_LIMIT_MS = 60_000;

export interface ProgramOptions {
  /** The program's file; what `main` in the project's Pulumi.yaml names if not given. */
  program?: string;
  /** The stack's name; `test` if not given. */
  stack?: string;
  /** Keys carry their namespace: `aws:region`, `file-upload:alarmEmail`. */
  config?: Record<string, string>;
  /** Whether to run it as `pulumi preview` would, in which nothing is made. */
  preview?: boolean;
  /** What makes the resources; `simulate` if not given. */
  provider?: Provider;
  timeLimitMs?: number;
}

/** A program that failed, with what it had registered until then. */
export class ProgramError extends Error {
  override name = 'ProgramError';
  readonly resources: Resource[];

  constructor(message: string, resources: Resource[]) {
    super(message);
    this.resources = resources;
  }
}

/**
 * Runs the Pulumi program in a process of its own, as `pulumi preview` and `pulumi up` do.
 *
 * @throws ProgramError when the program throws, logs an error, registers what Pulumi's engine
 *   refuses, or takes longer than a minute
 */
export async function runProgram(options: ProgramOptions = {}): Promise<Topology> {
  const { stack = 'test', config = {}, preview = false, provider = simulate } = options;
  const settings = await readFile(path.join(PROJECT, 'Pulumi.yaml'), 'utf8');
  const setting = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(settings)?.[1] ?? '';
  const project = setting('name');
  const program = options.program ?? path.join(PROJECT, setting('main'));

  const engine = new FakeEngine({ project, stack, config, preview, provider });
  using monitor = await startMonitor(engine);
  const failure = await run(
    [
      RUN,
      `--monitor=${monitor.address}`,
      `--engine=${monitor.address}`,
      '--organization=organization',
      `--project=${project}`,
      `--stack=${stack}`,
      `--pwd=${PROJECT}`,
      `--root-directory=${PROJECT}`,
      '--parallel=16',
      ...(preview ? ['--dry-run'] : []),
      program,
    ],
    config,
    options.timeLimitMs ?? TIME_LIMIT_MS,
  );
  const { topology } = engine;
  if (monitor.errors.length > 0 || failure) {
    const message = stripVTControlCharacters([...monitor.errors, failure].join('\n'));
    throw new ProgramError(message, topology.resources);
  }
  return topology;
}

/** Runs Node.js; answers how it failed, or nothing. */
async function run(
  args: string[],
  config: Record<string, string>,
  timeLimitMs: number,
): Promise<string> {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, args, {
    // No AWS credentials of the machine, and no options that Node.js has for the tests.
    env: {
      ...(PATH && { PATH }),
      ...(HOME && { HOME }),
      ...(TMPDIR && { TMPDIR }),
      PULUMI_CONFIG: JSON.stringify(config),
      // An output inside a template string throws instead of becoming text.
      PULUMI_ERROR_OUTPUT_STRING: 'true',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: timeLimitMs,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal) resolve(`the program was ended after ${timeLimitMs} ms (${signal}): ${stderr}`);
      else resolve(code === 0 ? '' : `the program ended with code ${code}: ${stderr}`);
    });
  });
}
