import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pulumiPackage from 'pulumi/package.json' with { type: 'json' };
import { CREDENTIALS, runCommand, startCommand, type Answer } from './command.ts';

describe('Ctrl-C', () => {
  test('ends the search for credentials', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'infra-'));
    const config = join(folder, 'config');
    const search = `sh -c "touch '${folder}/searching'; exec sleep 60"`;
    await writeFile(config, `[profile slow]\ncredential_process = ${search}\n`);
    const env = { AWS_CONFIG_FILE: config, AWS_PROFILE: 'slow' };
    const command = await startCommand(['up'], { env });
    while (!existsSync(join(folder, 'searching'))) await sleep(50);
    command.pressCtrlC();
    const { code, stdout, stderr, calls } = await command.ended;
    await rm(folder, { recursive: true });
    expect({ code, stdout, stderr, calls }).toEqual({
      code: 130,
      stdout: '',
      stderr: 'Interrupted.\n',
      calls: [],
    });
  });

  test('ends the download of the CLI, and leaves nothing of it', async () => {
    const home = await mkdtemp(join(tmpdir(), 'infra-'));
    const root = join(home, 'versions', pulumiPackage.version);
    // What the package gets for https://get.pulumi.com/install.sh.
    const script = `mkdir -p '${root}'; echo Downloading half of it; sleep 60`;
    const mock = `globalThis.fetch = async () => new Response(${JSON.stringify(script)})`;
    const preload = `--import=data:text/javascript,${encodeURIComponent(mock)}`;
    const command = await startCommand(['up'], {
      hasCli: false,
      env: { ...CREDENTIALS, PULUMI_HOME: home, NODE_OPTIONS: preload },
    });
    await command.printed('half of it');
    expect(existsSync(root)).toBe(true);
    command.kill('SIGTERM');
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/Interrupted\.\n$/);
    expect(existsSync(root)).toBe(false);
    await rm(home, { recursive: true });
  });

  test('reaches Pulumi once, which ends in order and is waited for', async () => {
    const command = await startCommand(['up'], {
      answers: { up: { untilInterrupted: true, exitCode: 8 } },
    });
    await command.printed('Waiting');
    command.pressCtrlC();
    // A task runner, which the terminal signals too, passes it on.
    command.kill('SIGTERM');
    const { code, calls } = await command.ended;
    expect(code).toBe(8);
    expect(calls.map((call) => call.command)).toEqual(['stack select', 'up', 'SIGINT']);
    // Two signals that come at once can count as one, so this could go well by chance.
    expect(calls[1]?.leadsGroup).toBe(true);
  });

  test('starts nothing more', async () => {
    const command = await startCommand(['up'], {
      answers: { 'stack select': { untilInterrupted: true } },
    });
    await command.printed('Waiting');
    command.pressCtrlC();
    const { code, stderr, calls } = await command.ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: 'Interrupted.\n' });
    expect(calls.map((call) => call.command)).toEqual(['stack select', 'SIGINT']);
  });
});

describe('where AWS takes calls and does not answer', () => {
  const server = createServer();
  let env: Record<string, string>;
  let answers: Record<string, Answer>;
  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const AWS_ENDPOINT_URL = `http://127.0.0.1:${port}`;
    env = { ...CREDENTIALS, AWS_ENDPOINT_URL, AWS_MAX_ATTEMPTS: '1' };
    const outputs = {
      dead_letter_queue_url: `${AWS_ENDPOINT_URL}/000000000000/letters`,
      state_machine_arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:workflow',
    };
    answers = { 'stack output': { stdout: JSON.stringify(outputs) } };
  });
  afterAll(() => void server.close());

  test('redrive gives up', async () => {
    const { code, stderr } = await runCommand(['redrive'], { env, answers });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^0 events started\.\n.+ TimeoutError: .+\n$/);
  });

  test('the second Ctrl-C ends it at once', async () => {
    const called = once(server, 'connection');
    const command = await startCommand(['redrive'], { env, answers });
    await called;
    command.pressCtrlC();
    // Two that come at once are one key press.
    await sleep(600);
    command.pressCtrlC();
    const { code, signal } = await command.ended;
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGINT' });
  });
});
