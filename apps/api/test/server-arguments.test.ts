import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Env } from '@file-upload/shared-types';

const SERVER = fileURLToPath(new URL('../src/server.ts', import.meta.url));
/** A start with this fails, should an argument not keep it from starting. */
const env = { PATH: process.env['PATH'], PORT: 'none' };

const serve = (argument: string) =>
  promisify(execFile)(process.execPath, [SERVER, argument], { env });

test.each(['--help', '-h'])('%s lists every setting and starts nothing', async (argument) => {
  const { stdout, stderr } = await serve(argument);
  expect(stderr).toBe('');
  const listed = [...stdout.matchAll(/^ {2}([A-Z0-9_]+)=/gm)].map(([, name]) => name);
  expect(listed).toEqual(Object.keys(Env.properties));
  expect(stdout).toContain('\n  PORT=3000\n      Where the API listens.');
});

test('an argument that means nothing is refused, and says where settings belong', async () => {
  const refused = serve('--port=4000');
  await expect(refused).rejects.toMatchObject({ code: 1, stdout: '' });
  await expect(refused).rejects.toHaveProperty(
    'stderr',
    expect.stringMatching(/^The server has no option --port=4000\. .*--help lists them\.\n$/),
  );
});
