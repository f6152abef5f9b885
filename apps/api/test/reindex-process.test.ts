import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FileMetadata } from '@file-upload/shared-types';
import { startFaultProxy, TROUBLES, type FaultProxy } from './fault-proxy.ts';
import { connect, runReindex, startReindex } from './reindex-command.ts';
import {
  PNG,
  putObject,
  readTable,
  rebuildable,
  runWorkflow,
  sha256,
  startStores,
  type BareStores,
} from './reindex-files.ts';
import { withServers, type RunningServer } from './server-process.ts';
import { formOf, json } from './service.ts';

/** The addresses in metadata stay the same when the port does not. */
const ENV = { PUBLIC_BASE_URL: 'http://files.test' };

/** Sends one file of each kind, and returns their ids. */
async function sendAllKinds(url: string): Promise<string[]> {
  const send = async (body: FormData | object, headers: Record<string, string> = {}) => {
    const isForm = body instanceof FormData;
    const response = await fetch(`${url}/files`, {
      method: 'POST',
      headers: { ...headers, ...(!isForm && { 'content-type': 'application/json' }) },
      body: isForm ? body : JSON.stringify(body),
    });
    expect(response.status).toBe(201);
    return (await json(response)).file_id;
  };
  const base64 = (bytes: Buffer) => bytes.toString('base64');
  const large = randomBytes(9 * 1024 ** 2);
  const checksum = (bytes: Buffer) => JSON.stringify(sha256(bytes));
  return [
    await send({ file_name: 'a.txt', content_type: 'text/plain', file_content: 'aGVsbG8=' }),
    await send({
      file_name: 'public.png',
      content_type: 'image/png',
      visibility: 'public',
      file_content: base64(PNG),
      checksum: sha256(PNG),
    }),
    await send({
      file_name: 'no picture.jpg',
      content_type: 'image/jpeg',
      visibility: 'public',
      file_content: base64(PNG),
    }),
    await send({ file_content: '' }),
    await send(
      formOf('text', '年 🎉 "x" \u202e%41.txt', { content_type: 'text/plain; charset="x y"' }),
    ),
    await send(formOf('keyed', 'keyed.txt'), { 'idempotency-key': 'a-key' }),
    await send(formOf(large, 'large.bin', { visibility: 'public' })),
    await send(formOf(large, 'declared.bin', { checksum: checksum(large) }), {
      'idempotency-key': 'another-key',
    }),
  ];
}

async function describeAll(url: string, ids: Iterable<string>): Promise<FileMetadata[]> {
  const described: FileMetadata[] = [];
  for (const id of ids) described.push(await json(await fetch(`${url}/files/${id}`)));
  return described;
}

/** Ends a server as Ctrl-C does. */
async function stop(server: RunningServer): Promise<void> {
  server.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 0, signal: null });
}

async function loseTable(dataDir: string): Promise<void> {
  await rm(join(dataDir, 'dynamodb'), { recursive: true });
}

test('the folder of the table is removed, and every file comes back with its metadata', async () => {
  await withServers(async ({ dataDir, start }) => {
    const first = await start(ENV);
    const sent = await sendAllKinds(first.url);
    const stores = await connect(first, dataDir);
    await putObject(stores, 'of/another program.png', PNG, 'image/png');
    for await (const { key } of stores.objects.list()) await runWorkflow(stores, key);
    const before = await readTable(stores);
    const ids = [...before.keys()];
    expect(ids).toEqual(expect.arrayContaining(sent));
    const described = await describeAll(first.url, ids);
    expect(described.map(({ validation_status }) => validation_status).sort()).toEqual([
      'INVALID',
      ...Array<string>(8).fill('VALID'),
    ]);
    expect(described.filter(({ image }) => image?.width === 3)).toHaveLength(2);
    stores.clients.destroy();
    await stop(first);
    await loseTable(dataDir);

    const { code, stdout, stderr } = await runReindex([], { DATA_DIR: dataDir });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      'Rows rebuilt          9\nFiles examined        9  (8 valid, 1 invalid)\n',
    );

    const second = await start(ENV);
    expect(await describeAll(second.url, ids)).toEqual(described);
    const after = await connect(second, dataDir);
    const rebuilt = [...(await readTable(after)).values()].map(rebuildable);
    expect(rebuilt).toEqual([...before.values()].map(rebuildable));
    for (const { file_id, s3_key, visibility, validation_status } of described) {
      const anonymously = await fetch(`${second.s3Endpoint}/file-upload/${encodeURI(s3_key)}`);
      const isOpen = visibility === 'public' && validation_status === 'VALID';
      expect([file_id, anonymously.status]).toEqual([file_id, isOpen ? 200 : 403]);
    }
    after.clients.destroy();
  });
});

describe('on the endpoints of running stores', () => {
  const OBJECTS = 300;
  const NAMES = Array.from({ length: OBJECTS }, (_, i) => String(i).padStart(3, '0'));

  let started: BareStores;
  let proxy: FaultProxy;
  let env: Record<string, string>;

  beforeEach(async () => {
    started = await startStores();
    proxy = await startFaultProxy(started.embedded);
    env = {
      BUCKET_NAME: started.embedded.bucket,
      METADATA_TABLE: 'files',
      AWS_ENDPOINT_URL: proxy.endpoint,
      AWS_SHARED_CREDENTIALS_FILE: started.embedded.credentialsFile,
    };
    await Promise.all(
      NAMES.map((name) => putObject(started.stores, `an object/${name}`, Buffer.from(name))),
    );
  });
  afterEach(async () => {
    await proxy.close();
    await started.close();
  });

  /** Expects that a run which did `done` told how to go on, and that this does the rest. */
  async function expectToGoOn(line: string, done: number): Promise<void> {
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(OBJECTS);
    const [, options = '', position = ''] =
      /Go on with the same variables and: npx nx run api:reindex (.*)--start-after='(an object\/\d+)'$/m.exec(
        line,
      ) ?? [];
    expect(options).toBe('--json ');
    expect(position).toBe(`an object/${NAMES[done - 1]}`);

    const rest = await runReindex(['--json', `--start-after=${position}`], env);
    expect(rest).toMatchObject({ code: 0, stderr: '' });
    expect(rest.report()).toMatchObject({ rows: 0, objects: OBJECTS - done });
    const rows = [...(await readTable(started.stores)).values()];
    expect(rows.map(({ file_name }) => file_name).sort()).toEqual(NAMES);
    expect(new Set(rows.map((row) => row.validation_status))).toEqual(new Set(['VALID']));
    const again = await runReindex(['--json'], env);
    expect(again.report()).toMatchObject({ objects: OBJECTS, rows: OBJECTS, examined: 0 });
  }

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s half-way finishes what is in flight and tells how to go on, to the same end',
    async (signal) => {
      proxy.watch();
      const running = startReindex(['--json'], env);
      while (proxy.calls.length < 400) await delay(5);
      running.kill(signal);
      const { code, stderr, report } = await running.ended;
      expect(code).toBe(130);
      expect(stderr).toMatch(/^Interrupted\. Go on with the same variables and: .*\n$/);
      expect(report()).toMatchObject({ objects: report().rows_rebuilt, failures: 0 });
      await expectToGoOn(stderr, report().rows_rebuilt);
    },
  );

  test('a store that fails for good half-way ends it, and it can go on when the store can', async () => {
    const { trouble } = TROUBLES['fails with a 500']!;
    proxy.watch({ call: 400, trouble, extent: 'from then on' });
    const { code, stderr, report } = await runReindex(['--json'], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^"an object\/\d+": STORE_UNAVAILABLE: .*$/m);
    const line = stderr.trimEnd().split('\n').at(-1) ?? '';
    expect(line).toMatch(/^It cannot go on: STORE_UNAVAILABLE: /);
    proxy.heal();
    const [, name] = /--start-after='an object\/(\d+)'/.exec(line) ?? [];
    const done = Number(name) + 1;
    expect(report().rows_rebuilt).toBeGreaterThanOrEqual(done);
    await expectToGoOn(line, done);
  });

  test('a store that is not there ends it at once', async () => {
    const { code, stdout, stderr } = await runReindex(['--dry-run'], {
      ...env,
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    });
    expect(code).toBe(1);
    expect(stdout).toContain('This was a dry run: nothing was written.');
    expect(stderr).toMatch(
      /^It cannot go on: STORE_UNAVAILABLE: .* Go on with the same variables and: npx nx run api:reindex --dry-run\n$/,
    );
  });
});

test('where the server runs it says how to work through its endpoints, and that works', async () => {
  await withServers(async ({ dataDir, start }) => {
    const server = await start();
    const { file_id } = await json(
      await fetch(`${server.url}/files`, { method: 'POST', body: formOf('some bytes') }),
    );
    const S3_PORT = new URL(server.s3Endpoint).port;
    const refused = await runReindex(['--dry-run'], { DATA_DIR: dataDir, S3_PORT });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^Another process, .* is using .* api:reindex --dry-run\n$/);

    const given = [...refused.stderr.matchAll(/([A-Z_0-9]+)='?([^' ]+|<of DynamoDB>)'?(?= )/g)];
    const env = Object.fromEntries(given.map(([, name = '', value = '']) => [name, value]));
    expect(env).toEqual({
      BUCKET_NAME: 'file-upload',
      METADATA_TABLE: 'files',
      AWS_ENDPOINT_URL_S3: server.s3Endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: '<of',
      AWS_SHARED_CREDENTIALS_FILE: join(dataDir, 'aws-credentials'),
    });
    const result = await runReindex(['--json', '--verify'], {
      ...env,
      AWS_ENDPOINT_URL_DYNAMODB: server.dynamodbEndpoint,
    });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.report()).toMatchObject({ objects: 1, examined: 1, valid: 1 });
    const { metadata } = await json(await fetch(`${server.url}/files?file_id=${file_id}`));
    expect(metadata.validation_status).toBe('VALID');
  });
});

test('a dry run of the command leaves the table as it is', async () => {
  await withServers(async ({ dataDir, start }) => {
    const server = await start();
    await fetch(`${server.url}/files`, { method: 'POST', body: formOf('some bytes') });
    await stop(server);
    await loseTable(dataDir);
    const args = ['--dry-run', '--json'];
    for (let run = 1; run <= 2; run++) {
      const { code, report } = await runReindex(args, { DATA_DIR: dataDir });
      expect(code).toBe(0);
      expect(report()).toMatchObject({ dry_run: true, rows: 0, rows_rebuilt: 1, valid: 1 });
    }
  });
});

describe('the command line', () => {
  test('--help tells what there is, and does nothing', async () => {
    const { code, stdout, stderr } = await runReindex(['--help'], { DATA_DIR: '/does/not/exist' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const option of ['--dry-run', '--verify', '--start-after=<key>', '--json', '--help']) {
      expect(stdout).toContain(`  ${option} `);
    }
  });

  test.each([
    ['an unknown option', ['--unknown'], "Unknown option '--unknown'"],
    ['an option without its value', ['--start-after'], "Option '--start-after <value>' argument"],
    ['a value too many', ['--dry-run=yes'], "Option '--dry-run' does not take an argument"],
    ['an argument', ['all'], "Unexpected argument 'all'"],
  ])('%s is refused in one line', async (_, args, line) => {
    const { code, stdout, stderr } = await runReindex(args, { DATA_DIR: '/does/not/exist' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(line);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('a folder that is not there is refused, and not made', async () => {
    await withServers(async ({ dataDir }) => {
      const { code, stderr } = await runReindex([], { DATA_DIR: join(dataDir, 'mistyped') });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^There is no data folder .*mistyped\. .*\n$/);
      expect(await readdir(dataDir)).toEqual([]);
    });
  });

  test('a variable that cannot be used is refused as the server refuses it', async () => {
    const { code, stderr } = await runReindex([], { BUCKET_NAME: 'bucket' });
    expect(code).toBe(1);
    expect(stderr).toContain('BUCKET_NAME is set and METADATA_TABLE is not.');
  });
});
