import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { answer, hang, reset, throttle, type Fault } from '@file-upload/storage/faults';

/** What goes wrong with a request to a store. */
export type Trouble =
  /** The store does nothing of what it was asked; not even its body is awaited where `atOnce`. */
  | { instead: Fault; atOnce?: boolean }
  /** The store has done what it was asked, and this becomes of its answer. */
  | { afterwards: (response: ServerResponse, answer: Answer) => void };

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** Which requests get into trouble: attempts of one call, or all from that call on. */
export type Extent = 'once' | 'at every attempt' | 'from then on';

/** Kinds of trouble, and the extents that make a difference. */
export interface TroubleKind {
  trouble: Trouble;
  extents: readonly Extent[];
  /** Whether only a timeout ends it. */
  takesTime?: true;
}

/** In words that say what the store does. */
export const TROUBLES: Readonly<Record<string, TroubleKind>> = {
  'fails with a 500': {
    trouble: { instead: byStore([500, 'InternalError'], [500, 'InternalServerError']) },
    extents: ['once', 'at every attempt', 'from then on'],
  },
  throttles: { trouble: { instead: throttle }, extents: ['at every attempt'] },
  'is overloaded': {
    trouble: {
      instead: byStore(
        [503, 'ServiceUnavailable'],
        [400, 'ProvisionedThroughputExceededException'],
      ),
    },
    extents: ['at every attempt'],
  },
  'resets the connection': {
    trouble: { instead: reset, atOnce: true },
    extents: ['once', 'at every attempt'],
  },
  hangs: { trouble: { instead: hang }, extents: ['at every attempt'], takesTime: true },
  'does it and loses its answer': {
    trouble: { afterwards: reset },
    extents: ['once', 'from then on'],
  },
  'does it and tears its answer': {
    trouble: {
      afterwards(response, { status, headers, body }) {
        response.writeHead(status, headers);
        response.write(body.subarray(0, body.length / 2), () => reset(response));
      },
    },
    extents: ['at every attempt'],
  },
  'does it and hangs': {
    trouble: { afterwards: hang },
    extents: ['at every attempt'],
    takesTime: true,
  },
};

/** A line to both stores that can be told to make trouble. */
export interface FaultProxy {
  endpoint: string;
  /** The calls since the last `watch`, without their repetitions, in the order of their starts. */
  readonly calls: readonly string[];
  /** The names of those that were tried again. */
  readonly retried: ReadonlySet<string>;
  /** How many requests got into trouble since then. */
  readonly hits: number;
  /** Starts to count calls anew, and makes trouble for the one with the given index, if any. */
  watch(plan?: { call: number; trouble: Trouble; extent: Extent }): void;
  /** Makes no more trouble. */
  heal(): void;
  close(): Promise<void>;
}

/** Stands between a service and its stores. Headers pass unchanged: they are signed. */
export async function startFaultProxy(stores: {
  s3Endpoint: string;
  dynamodbEndpoint: string;
}): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  let plan: Parameters<FaultProxy['watch']>[0];
  let calls: string[] = [];
  let invocations: string[] = [];
  let retried = new Set<string>();
  let hits = 0;

  function troubleOf(incoming: IncomingMessage): Trouble | undefined {
    // The SDK gives all attempts of a call one id.
    const invocation = String(incoming.headers['amz-sdk-invocation-id']);
    if (invocations.includes(invocation)) {
      retried.add(nameOf(incoming));
    } else {
      invocations.push(invocation);
      calls.push(nameOf(incoming));
    }
    if (!plan) return undefined;
    const call = invocations.indexOf(invocation);
    const isMeant = plan.extent === 'from then on' ? call >= plan.call : call === plan.call;
    if (!isMeant || (plan.extent === 'once' && hits > 0)) return undefined;
    hits++;
    return plan.trouble;
  }

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const trouble = troubleOf(incoming);
    if (trouble && 'instead' in trouble) {
      if (!trouble.atOnce) await buffer(incoming);
      trouble.instead(response);
      return;
    }
    const { hostname, port } = new URL(
      isDynamodb(incoming) ? stores.dynamodbEndpoint : stores.s3Endpoint,
    );
    // The client has been told to continue already.
    const { expect: _, ...headers } = incoming.headers;
    const { method, url: path } = incoming;
    const forwarded = request({ agent, hostname, port, method, path, headers });
    incoming.pipe(forwarded);
    const [head] = (await once(forwarded, 'response')) as [IncomingMessage];
    const body = await buffer(head);
    const status = head.statusCode ?? 502;
    if (trouble) trouble.afterwards(response, { status, headers: head.headers, body });
    else response.writeHead(status, head.headers).end(body);
  }

  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return calls;
    },
    get retried() {
      return retried;
    },
    get hits() {
      return hits;
    },
    watch(next) {
      plan = next;
      calls = [];
      invocations = [];
      retried = new Set();
      hits = 0;
    },
    heal() {
      plan = undefined;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, 'close');
    },
  };
}

function isDynamodb({ headers }: IncomingMessage): boolean {
  return headers['x-amz-target'] !== undefined;
}

/** What a call asks for, such as `PutItem` or `PUT object?partNumber`. */
function nameOf({ method, url, headers }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  if (target !== undefined) return String(target).split('.')[1] ?? '';
  const { searchParams } = new URL(url ?? '', 'http://store');
  const query = [...searchParams.keys()].filter((name) => name !== 'x-id');
  return [method, ...query].join(' ');
}

/** An answer of S3, and the one that stands for it with DynamoDB. */
function byStore(s3: [number, string], dynamodb: [number, string]): Fault {
  return (response) => answer(...(isDynamodb(response.req) ? dynamodb : s3))(response);
}
