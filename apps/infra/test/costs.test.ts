import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SinglePlan } from '@file-upload/shared-types';
import { billOf, STORES, total, type Design, type Item } from '../costs/bill.ts';
import { OptionError, readOptions } from '../costs/options.ts';
import { charge, PRICE_LIST, type PriceName } from '../costs/price.ts';
import { dollars, report } from '../costs/table.ts';
import { happyPath, STACK } from '../costs/workload.ts';
import { runProgram } from './engine/run-program.ts';

const MILLION = 1_000_000;
const MB = 1e6;

describe('prices', () => {
  it('charge an Express workflow as the example of its pricing page does', () => {
    // 100 million executions of 10 s with 64 MB: 17,361.11 GB-hours for $382.97, and $100.
    const hours = (100 * MILLION * 10 * 64) / 1024 / 3600;
    expect(hours).toBeCloseTo(17_361.11, 2);
    expect(charge('expressHours', hours)).toBeCloseTo(60 + 120 + 202.97, 2);
    expect(charge('expressRequests', 100 * MILLION)).toBeCloseTo(100, 6);
  });

  it('charge 60 TB of Lambda logs as the announcement of their tiers does', () => {
    expect(charge('lambdaLogs', 60_000)).toBeCloseTo(12_500, 6);
  });

  it.each<[PriceName, number, number]>([
    ['httpApiRequests', 300 * MILLION, 300],
    ['httpApiRequests', 301 * MILLION, 300.9],
    ['restApiRequests', 333 * MILLION, 1165.5],
    ['restApiRequests', 433 * MILLION, 1445.5],
    ['lambdaArmSeconds', 7_500_000_000, 100_000.5],
    ['lambdaArmSeconds', 8_500_000_000, 112_000.6],
    ['s3Storage', 50 * 1024, 1177.6],
    ['s3Storage', 60 * 1024, 1402.88],
    ['s3Storage', 501 * 1024, 11_336.704],
    ['dynamodbWrites', 650_000, 0.40625],
    ['kmsRequests', 80_000, 0.24],
    ['eventbridgeEvents', 5 * MILLION, 5],
    ['traces', 0, 0],
  ])('of %s for %d are $%d', (name, quantity, usd) => {
    expect(charge(name, quantity)).toBeCloseTo(usd, 6);
  });

  it('each name the page that they are from, and have one tier without an end, the last', () => {
    for (const { source, tiers } of Object.values(PRICE_LIST.prices)) {
      expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/[a-z0-9-]+\/pricing\//);
      expect(tiers.map((tier) => 'first' in tier)).toEqual(
        tiers.map((_, i) => i < tiers.length - 1),
      );
    }
  });
});

describe('the bill', () => {
  const uploadsOf = (design: Design, number: number, bytes = 2 * MB) =>
    billOf(design, number, bytes).uploads;
  const quantity = (items: Item[], price: PriceName) =>
    items.filter((item) => item.price === price).reduce((sum, item) => sum + item.quantity, 0);

  it('counts a form of 2 MB as four requests, and a signed URL as one', () => {
    expect(quantity(uploadsOf('form', 1000), 'httpApiRequests')).toBe(4000);
    expect(quantity(uploadsOf('direct', 1000), 'httpApiRequests')).toBe(1000);
  });

  it('counts the form around the file', () => {
    expect(quantity(uploadsOf('form', 1000, 4 * 524_288), 'httpApiRequests')).toBe(5000);
  });

  it('of a million uploads as forms is what it is by hand', () => {
    // API 4 + 1.2 GB out 0.1006; Lambda 4M calls 0.80 + 305,000 GB-s 4.0667; S3 5 + 1.2;
    // DynamoDB 6M writes 3.75 + 2M reads 0.25; EventBridge 1; executions 1 + 8.6806 GB-h 0.5208;
    // SNS 0.50; KMS 25,920 requests 0.0778; logs 2.9 GB 1.45 + 0.38 GB 0.19 + kept 0.0148;
    // 50,000 traces 0.25.
    expect(total(uploadsOf('form', MILLION))).toBeCloseTo(24.17, 2);
  });

  it('of the Standard workflow pays each of the seven states that a VALID file goes through', () => {
    expect(happyPath()).toEqual({ states: 7, tasks: 3 });
    expect(quantity(uploadsOf('rest', MILLION), 'standardTransitions')).toBe(7 * MILLION);
  });

  it('has the requests to the stores that a picture in a form makes', async () => {
    const count = await countCalls(sendForm);
    expect({
      puts: count(/^S3\.PUT$/),
      gets: count(/^S3\.(GET|HEAD)$/),
      // To the table, and by DynamoDB itself to its index.
      writes: 2 * count(/\.(PutItem|UpdateItem)$/),
      reads: count(/\.GetItem$/),
    }).toEqual(STORES.form);
    expect(count(/./)).toBe(1 + 3 + 3 + 2);
  });

  it('has the requests to the stores that a picture straight to S3 makes', async () => {
    const count = await countCalls(sendDirectly);
    expect({
      // Of the client, which this does not see.
      puts: 1,
      gets: count(/^S3\.(GET|HEAD)$/),
      // One of them is refused, for the row is there, and is none to the index.
      writes: 2 * count(/\.(PutItem|UpdateItem)$/) - 1,
      reads: count(/\.GetItem$/),
    }).toEqual(STORES.direct);
    expect(count(/./)).toBe(4 + 5 + 3);
  });

  it('has what is kept and what is fixed apart', () => {
    const { kept, fixed } = billOf('form', MILLION, 2 * MB);
    // 1,862.645 GiB of files; 0.6519 GiB of rows, twice, and once more for recovery.
    expect(total(kept)).toBeCloseTo(42.8408 + 0.326 + 0.1304, 3);
    expect(billOf('form', 0, 2 * MB).fixed).toEqual(fixed);
    expect(total(billOf('form', 0, 2 * MB).uploads)).toBe(0);
  });

  it('has as much that is paid by the month as the program makes', async () => {
    const { resources } = await runProgram();
    const of = (type: string) => resources.filter((resource) => resource.type === type);
    const [sampling] = of('aws:xray/samplingRule:SamplingRule');
    const [fn] = of('aws:lambda/function:Function');
    const [machine] = of('aws:sfn/stateMachine:StateMachine');
    expect(STACK).toEqual({
      alarms: of('aws:cloudwatch/metricAlarm:MetricAlarm').length,
      dashboards: of('aws:cloudwatch/dashboard:Dashboard').length,
      keys: of('aws:kms/key:Key').length,
      traceRate: sampling!.inputs['fixedRate'],
      memory: Number(fn!.inputs['memorySize']) / 1024,
    });
    expect(fn!.inputs['architectures']).toEqual(['arm64']);
    expect(machine!.inputs['type']).toBe('EXPRESS');
    expect(sampling!.inputs['reservoirSize']).toBe(0);
    expect(fn!.inputs['tracingConfig']).toEqual({ mode: 'PassThrough' });
  });
});

describe('the report', () => {
  it('says of what is less than a cent that it is, and of nothing that it is nothing', () => {
    expect([0, 0.004, 0.005, 1234.5].map(dollars)).toEqual(['0.00', '< 0.01', '0.01', '1,234.50']);
  });

  it('has a column for each number of uploads', () => {
    expect(report({ uploads: [5, 70_000], fileBytes: MB })).toMatch(
      /^\| US dollars a month +\| 5 uploads \| 70,000 uploads \|$/m,
    );
  });
});

describe('the command', () => {
  it('takes numbers of uploads and a size', () => {
    expect(readOptions(['--uploads=7,8000', '--size=0.5'])).toMatchObject({
      uploads: [7, 8000],
      fileBytes: 500_000,
    });
  });

  it.each([
    [['--uploads=many'], '--uploads takes whole numbers, such as 1000,5000000, not many.'],
    [['--size=5'], '--size takes megabytes, more than 0 and at most 4.5, not 5.'],
    [['--check', '--size=1'], 'The page is about the uploads and the size that nobody gave.'],
    [['--bogus'], "Unknown option '--bogus'. See npx nx run infra:costs -- --help"],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(OptionError);
    expect(() => readOptions(args)).toThrow(message);
  });

  it('prints the tables', async () => {
    const costs = join(import.meta.dirname, '../costs/costs.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [costs, '--uploads=1000000']);
    expect(stdout).toContain('**24.17**');
  });
});

const root = join(import.meta.dirname, '../../..');
const openPhoto = () => openAsBlob(join(root, 'docs/photo.jpg'), { type: 'image/jpeg' });

async function sendForm(url: string): Promise<void> {
  const form = new FormData();
  form.append('file', await openPhoto(), 'photo.jpg');
  const answer = await fetch(`${url}/files`, { method: 'POST', body: form });
  expect(answer.status).toBe(201);
}

async function sendDirectly(url: string): Promise<void> {
  const photo = await openPhoto();
  const opened = await fetch(`${url}/uploads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      file_name: 'photo.jpg',
      file_size: photo.size,
      content_type: photo.type,
    }),
  });
  const { upload } = (await opened.json()) as { upload: SinglePlan };
  const sent = await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: photo });
  expect([opened.status, sent.status]).toEqual([201, 200]);
}

/**
 * Counts what the local server, whose code is that of the function, asks its stores until all is
 * done that one upload is the reason for.
 */
async function countCalls(
  upload: (url: string) => Promise<void>,
): Promise<(pattern: RegExp) => number> {
  const folder = await mkdtemp(join(tmpdir(), 'file-upload-costs-'));
  const server = spawn(
    process.execPath,
    ['--import', './apps/infra/test/store-calls.mjs', 'apps/api/src/server.ts'],
    {
      cwd: root,
      env: { PATH: process.env['PATH'], DATA_DIR: folder, PORT: '0', S3_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let printed = '';
  server.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
  const printsUntil = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(printed);
      if (found) return found[1] ?? '';
      await once(server.stdout, 'data');
    }
  };
  try {
    const url = await printsUntil(/^File Upload API at (\S+),/m);
    printed = '';
    await upload(url);
    // The workflow ends with the update that records the announcement, its second one.
    await printsUntil(/UpdateItem[^]*UpdateItem/);
    const calls: string[] = printed.match(/(?<=^call ).*/gm) ?? [];
    return (pattern) => calls.filter((call) => pattern.test(call)).length;
  } finally {
    server.kill();
    await once(server, 'exit');
    await rm(folder, { recursive: true });
  }
}
