import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Before all test files: makes the folder into which they record the calls to AWS. */
export default async function setUp(): Promise<void> {
  process.env['RECORDED_CALLS_FOLDER'] = await mkdtemp(join(tmpdir(), 'recorded-calls-'));
}
