import { charge, type PriceName } from './price.ts';
import { ASSUMED, happyPath, STACK } from './workload.ts';

/** How files arrive, and what runs the workflow. */
export const DESIGNS = ['form', 'direct', 'rest'] as const;
export type Design = (typeof DESIGNS)[number];

/** One line of a bill. */
export interface Item {
  service: string;
  what: string;
  price: PriceName;
  /** In a month, in the units of the price. */
  quantity: number;
}

export interface Bill {
  /** What uploads cost, once. */
  uploads: Item[];
  /** What it costs to keep the files of a month for another one. */
  kept: Item[];
  /** What a stack costs that nobody uses. */
  fixed: Item[];
}

const SECONDS = 30 * 24 * 60 * 60;
const GIB = 1024 ** 3;
const GB = 1e9;
/** API Gateway meters requests to an HTTP API in steps of these bytes. */
const METERED = 512 * 1024;
/** Seconds for which SNS, and DynamoDB for each of its callers, keep a data key. */
const KEY_REUSE = 300;

/**
 * What one upload makes of requests to the stores, by the code of libs/storage and libs/workflow, for
 * a private picture without Idempotency-Key. Every write goes to the table and to its index.
 *
 * - form: the row at the end of the request, the verdict, the announcement.
 * - direct: the PENDING row, ValidateFile's claim, which fails, its row, the verdict and the
 *   announcement.
 */
export const STORES = {
  form: { puts: 1, gets: 3, writes: 3 + 3, reads: 2 },
  direct: { puts: 1, gets: 4, writes: 5 + 4, reads: 3 },
  rest: { puts: 1, gets: 3, writes: 3 + 3, reads: 2 },
} as const satisfies Record<Design, unknown>;

const REQUEST_MS = { form: ASSUMED.formMs, direct: ASSUMED.signingMs, rest: ASSUMED.jsonMs };

/**
 * What a month of uploads costs, item by item.
 *
 * @param uploads in a month of 30 days, evenly spread
 * @param fileBytes of each file
 */
export function billOf(design: Design, uploads: number, fileBytes: number): Bill {
  const { tasks } = happyPath();
  const calls = uploads * (1 + tasks);
  const functionSeconds = (uploads * (REQUEST_MS[design] + ASSUMED.tasksMs)) / 1000;
  const stores = STORES[design];
  const item = (service: string, what: string, price: PriceName, quantity: number) => ({
    service,
    what,
    price,
    quantity,
  });
  const functionLogs = (uploads * ASSUMED.requestLogBytes + calls * ASSUMED.callLogBytes) / GB;
  const accessLogs = (uploads * ASSUMED.accessLogBytes) / GB;
  const rows = (uploads * ASSUMED.rowBytes) / GIB;

  return {
    uploads: [
      design === 'rest'
        ? item('API Gateway', 'requests to a REST API', 'restApiRequests', uploads)
        : item(
            'API Gateway',
            'requests, each 512 KiB',
            'httpApiRequests',
            uploads * meteredRequests(design, fileBytes),
          ),
      item('API Gateway', 'answers, data out', 'dataOut', (uploads * ASSUMED.answerBytes) / GIB),
      item('Lambda', 'calls', 'lambdaRequests', calls),
      item('Lambda', 'GB-seconds', 'lambdaArmSeconds', functionSeconds * STACK.memory),
      item('S3', 'PUT', 's3Writes', uploads * stores.puts),
      item('S3', 'GET and HEAD', 's3Reads', uploads * stores.gets),
      item('DynamoDB', 'writes', 'dynamodbWrites', uploads * stores.writes),
      item('DynamoDB', 'reads', 'dynamodbReads', uploads * stores.reads),
      item('EventBridge', 'events of S3', 'eventbridgeEvents', uploads),
      ...workflow(design, uploads),
      item('SNS', 'messages', 'snsPublishes', uploads),
      item('KMS', 'requests', 'kmsRequests', keyRequests(functionSeconds)),
      item('CloudWatch', 'logs of the function', 'lambdaLogs', functionLogs),
      item('CloudWatch', 'access log', 'logs', accessLogs),
      item(
        'CloudWatch',
        'logs kept for 30 days',
        'logStorage',
        (functionLogs + accessLogs) * ASSUMED.logCompression,
      ),
      item('X-Ray', 'traces', 'traces', STACK.traceRate * uploads),
    ],
    kept: [
      item('S3', 'storage', 's3Storage', (uploads * fileBytes) / GIB),
      item('DynamoDB', 'table and index', 'dynamodbStorage', 2 * rows),
      item('DynamoDB', 'point-in-time recovery', 'dynamodbBackup', rows),
    ],
    fixed: [
      item('KMS', 'key', 'kmsKeys', STACK.keys),
      item('CloudWatch', 'alarms', 'alarms', STACK.alarms),
      item('CloudWatch', 'dashboard', 'dashboards', STACK.dashboards),
    ],
  };
}

/** US dollars. */
export function total(items: Item[]): number {
  return items.reduce((sum, { price, quantity }) => sum + charge(price, quantity), 0);
}

/** What a public file adds to an upload: the write and the tag that open it, and their event. */
export function publicItems(uploads: number): Item[] {
  return [
    { service: 'S3', what: 'tagging', price: 's3Writes', quantity: uploads },
    { service: 'S3', what: 'tag, for a month', price: 's3Tags', quantity: uploads },
    { service: 'DynamoDB', what: 'writes', price: 'dynamodbWrites', quantity: 2 * uploads },
    // The bucket tells EventBridge of every change, whether or not a rule asks for it.
    { service: 'EventBridge', what: 'events of S3', price: 'eventbridgeEvents', quantity: uploads },
  ];
}

function meteredRequests(design: Design, fileBytes: number): number {
  const body = design === 'direct' ? 0 : fileBytes;
  return Math.ceil((body + ASSUMED.requestBytes) / METERED);
}

function workflow(design: Design, uploads: number): Item[] {
  const service = 'Step Functions';
  if (design === 'rest') {
    const quantity = uploads * happyPath().states;
    return [{ service, what: 'transitions (Standard)', price: 'standardTransitions', quantity }];
  }
  const seconds = Math.ceil(ASSUMED.executionMs / 100) / 10;
  const gigabytes = ASSUMED.executionMb / 1024;
  return [
    { service, what: 'executions', price: 'expressRequests', quantity: uploads },
    {
      service,
      what: 'GB-hours',
      price: 'expressHours',
      quantity: (uploads * seconds * gigabytes) / 3600,
    },
  ];
}

/**
 * SNS asks for the topic's data key, and DynamoDB for the table's once for each copy of the function.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#sse-estimate-kms-usage-costs
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
 */
function keyRequests(functionSeconds: number): number {
  if (functionSeconds === 0) return 0;
  const periods = SECONDS / KEY_REUSE;
  const copies = Math.ceil(functionSeconds / SECONDS);
  return periods * 2 + periods * copies;
}
