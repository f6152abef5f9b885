import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../src/config.ts';
import { withServers, type ServerProcess, type Workplace } from './server-process.ts';
import { formOf, json } from './service.ts';

/** A start that fails says why in one line, whatever else it might have said. */
async function expectRefusal(server: ServerProcess, line: string | RegExp): Promise<void> {
  expect(await server.ended).toEqual({ code: 1, signal: null });
  expect(server.lines).toEqual([
    typeof line === 'string' ? expect.stringContaining(line) : expect.stringMatching(line),
  ]);
}

const portOf = (url: string) => new URL(url).port;

/** The environment, and how the line about it starts. */
const UNUSABLE: [string, Record<string, string>, string][] = [
  ['PORT is no number', { PORT: 'http' }, 'PORT="http" cannot be used: '],
  ['LOG_LEVEL is unknown', { LOG_LEVEL: 'loud' }, 'LOG_LEVEL="loud" cannot be used: '],
  [
    'DEFAULT_VISIBILITY is unknown',
    { DEFAULT_VISIBILITY: 'secret' },
    'DEFAULT_VISIBILITY="secret" cannot be used: ',
  ],
  [
    'BUCKET_NAME stands alone',
    { BUCKET_NAME: 'bucket' },
    'BUCKET_NAME is set and METADATA_TABLE is not.',
  ],
];

test.each<[string, Record<string, string>, string]>([
  ...UNUSABLE,
  ['PORT is too large', { PORT: '65536' }, 'PORT="65536" cannot be used: '],
  ['S3_PORT is negative', { S3_PORT: '-1' }, 'S3_PORT="-1" cannot be used: '],
  ['MAX_INLINE_BYTES is 0', { MAX_INLINE_BYTES: '0' }, 'MAX_INLINE_BYTES="0" cannot be used: '],
  [
    'PUBLIC_BASE_URL is no URL',
    { PUBLIC_BASE_URL: 'files.test' },
    'PUBLIC_BASE_URL="files.test" cannot be used: ',
  ],
  [
    'METADATA_TABLE stands alone',
    { METADATA_TABLE: 'table' },
    'METADATA_TABLE is set and BUCKET_NAME is not.',
  ],
])('an environment in which %s is refused', (_, env, line) => {
  expect(() => readConfig(env)).toThrow(line);
});

describe('a start that cannot work ends with exit code 1 and one line that says why', () => {
  test.each<[string, Record<string, string>, string]>([
    ...UNUSABLE,
    [
      'Node is too old',
      {
        NODE_OPTIONS:
          "--import=data:text/javascript,Object.defineProperty(process.versions,'node',{value:'22.20.0'})",
      },
      'This is Node 22.20.0; the server needs 24',
    ],
  ])('%s', async (_, env, line) => {
    await withServers(async ({ spawn }) => {
      await expectRefusal(spawn(env), line);
    });
  });

  test('the address, the port of S3 or the folder is in use', async () => {
    await withServers(async ({ dataDir, spawn, start }) => {
      const { url, s3Endpoint } = await start();
      const DATA_DIR = join(dataDir, 'other');

      await Promise.all([
        expectRefusal(
          spawn({ DATA_DIR, PORT: portOf(url) }),
          `Port ${portOf(url)} is taken. Set PORT to another one`,
        ),
        expectRefusal(
          spawn({ DATA_DIR: `${DATA_DIR}-too`, S3_PORT: portOf(s3Endpoint) }),
          new RegExp(`^Port ${portOf(s3Endpoint)} .*is taken\\. .*S3_PORT`),
        ),
        expectRefusal(spawn(), `Another process is using the data folder ${dataDir}.`),
      ]);
      expect((await fetch(`${url}/health`)).status).toBe(200);
    });
  });

  test('DATA_DIR is not a folder', async () => {
    await withServers(async ({ dataDir, spawn }) => {
      const file = join(dataDir, 'file');
      await writeFile(file, '');
      await expectRefusal(spawn({ DATA_DIR: file }), new RegExp(`${file}.* cannot be used`));
    });
  });
});

test('port 0 means any free one, and those found are printed', async () => {
  await withServers(async ({ start }) => {
    const { url, s3Endpoint, dynamodbEndpoint } = await start();
    expect(await json(await fetch(`${url}/health`))).toEqual({
      status: 'ok',
      dependencies: { objects: 'ok', metadata: 'ok' },
    });
    // Both are there, and strangers have to sign.
    expect((await fetch(s3Endpoint)).status).toBe(403);
    expect((await fetch(dynamodbEndpoint, { method: 'POST', body: '{}' })).status).toBe(400);
  });
});

describe('the log', () => {
  interface Entry {
    level: number;
    reqId?: string;
    msg: string;
  }

  /** What was logged once these answers are; every line after those of the start has to be JSON. */
  async function entriesOf(
    server: ServerProcess,
    startLines: number,
    answers: Response[],
  ): Promise<Entry[]> {
    for (const id of answers.map(requestIdOf)) {
      await server.printed(new RegExp(`"reqId":"${id}".*"request completed"`));
    }
    return server.lines.slice(startLines).map((line) => JSON.parse(line) as Entry);
  }

  const requestIdOf = ({ headers }: Response) => headers.get('x-request-id');

  /** Starts a server on an AWS that is not there. */
  const startWithoutStores = async ({ spawn }: Workplace) => {
    const server = spawn({
      LOG_LEVEL: 'trace',
      BUCKET_NAME: 'bucket',
      METADATA_TABLE: 'table',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'the-secret-access-key',
    });
    const [, url = ''] = await server.printed(/^File Upload API at (\S+),/);
    await server.printed(/^Bucket bucket and table table/);
    return { ...server, url };
  };

  test('is JSON lines with the ids of requests, and without contents, credentials or signatures', async () => {
    await withServers(async ({ start }) => {
      const server = await start({ LOG_LEVEL: 'trace' });
      await server.printed(/dynamodb scan/);
      const startLines = server.lines.length;
      const secret = 'what-is-in-the-file';
      const base64 = Buffer.from(secret).toString('base64');
      const headers = { authorization: 'Bearer of-a-token', cookie: 'session=of-a-cookie' };

      const created = await fetch(`${server.url}/files`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ file_name: 'a.txt', file_content: base64 }),
      });
      const { file_id } = await json(created);
      const form = await fetch(`${server.url}/files`, {
        method: 'POST',
        headers,
        body: formOf(secret),
      });
      const refused = await fetch(`${server.url}/files`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: `{"file_content": "${secret}`,
      });
      const redirect = await fetch(`${server.url}/files/${file_id}/content`, {
        headers,
        redirect: 'manual',
      });
      const answers = [created, form, refused, redirect];
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 400, 307]);
      const target = new URL(redirect.headers.get('location') ?? '');
      const signature = target.searchParams.get('X-Amz-Signature') ?? '';
      expect(signature).not.toBe('');

      const entries = await entriesOf(server, startLines, answers);
      for (const id of answers.map(requestIdOf)) {
        const messages = entries.filter(({ reqId }) => reqId === id).map(({ msg }) => msg);
        expect(messages).toEqual(expect.arrayContaining(['incoming request', 'request completed']));
      }
      const text = server.lines.join('\n');
      for (const word of [secret, base64, 'of-a-token', 'of-a-cookie', signature, 'X-Amz-']) {
        expect(text).not.toContain(word);
      }
    });
  });

  test('says what went wrong with a store, and nothing of the credentials', async () => {
    await withServers(async (workplace) => {
      const server = await startWithoutStores(workplace);
      const startLines = server.lines.length;
      const answer = await fetch(`${server.url}/files`);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('2');

      const created = await fetch(`${server.url}/files`, {
        method: 'POST',
        body: formOf('what-is-in-the-file'),
      });
      expect(created.status).toBe(503);

      const entries = await entriesOf(server, startLines, [answer, created]);
      const errors = entries.filter(({ level }) => level >= 50);
      expect(errors.map(({ reqId }) => reqId)).toEqual([answer, created].map(requestIdOf));
      const text = server.lines.join('\n');
      expect(text).toContain('ECONNREFUSED');
      for (const word of ['the-secret-access-key', 'what-is-in-the-file', 'Signature=']) {
        expect(text).not.toContain(word);
      }
    });
  });
});

test('says in one line that it cannot listen on an address that is not of this machine', async () => {
  await withServers(async ({ spawn }) => {
    await expectRefusal(
      spawn({ HOST: '192.0.2.1' }),
      /^The API cannot listen on HOST 192\.0\.2\.1, PORT 0: .*EADDRNOTAVAIL/,
    );
  });
});

test('starts under node --watch, and takes an upload', async () => {
  await withServers(async ({ spawn }) => {
    const server = spawn({}, ['--watch', '--watch-preserve-output']);
    const [, url = ''] = await server.printed(/^File Upload API at (\S+),/);
    const answer = await fetch(`${url}/files`, { method: 'POST', body: formOf('hello', 'a.txt') });
    expect(answer.status).toBe(201);
    server.kill('SIGTERM');
    await server.ended;
  });
});
