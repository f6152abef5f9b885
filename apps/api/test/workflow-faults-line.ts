import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { answer, hang, reset, throttle } from '@file-upload/storage/faults';
import type { FaultKind, RandomFaults } from './random-faults.ts';

/** What one process has between itself and its stores. */
export interface FaultyLine {
  endpoint: string;
  /** Cuts all connections at once. What the stores have been asked already, they do. */
  cut(): void;
}

/** What a store has answered. */
interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}
const NO_ANSWER: Answer = { status: 502, headers: {}, body: Buffer.alloc(0) };

/** What the client gets to see, in the place of an answer where there is one. */
const FAULTS: Record<FaultKind, (response: ServerResponse, answer: Answer) => void> = {
  throttle,
  '500': (response) =>
    answer(500, isDynamodb(response.req) ? 'InternalServerError' : 'InternalError')(response),
  reset,
  timeout: hang,
  'torn answer': (response, { status, headers, body }) => {
    response.writeHead(status, headers);
    response.write(body.subarray(0, body.length / 2), () => reset(response));
  },
};

/**
 * A line to both stores on which `faults` are made. Headers pass unchanged: they are signed.
 *
 * @param die called where the process that uses the line is to die
 */
export async function startFaultyLine(
  stores: { s3Endpoint: string; dynamodbEndpoint: string },
  faults: RandomFaults,
  die: () => void,
): Promise<FaultyLine> {
  const agent = new Agent({ keepAlive: true });
  let isCut = false;

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await buffer(incoming);
    const { place, asked } = stepOf(incoming, sent);
    if (isCut) return;
    if (faults.dies('before', place)) return die();
    const fault = faults.next(place, asked);
    if (fault?.when === 'before') return FAULTS[fault.kind](response, NO_ANSWER);

    const { hostname, port } = new URL(
      isDynamodb(incoming) ? stores.dynamodbEndpoint : stores.s3Endpoint,
    );
    // The client has been told to continue already.
    const { expect: _, ...headers } = incoming.headers;
    const { method, url: path } = incoming;
    const forwarded = request({ agent, hostname, port, method, path, headers }).end(sent);
    const [head] = (await once(forwarded, 'response')) as [IncomingMessage];
    const body = await buffer(head);
    const status = head.statusCode ?? 502;
    if (isCut) return;
    if (faults.dies('after', place)) return die();
    if (fault) FAULTS[fault.kind](response, { status, headers: head.headers, body });
    else response.writeHead(status, head.headers).end(body);
  }

  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      server.close(() => agent.destroy());
      server.closeAllConnections();
    },
  };
}

function isDynamodb({ headers }: IncomingMessage): boolean {
  return headers['x-amz-target'] !== undefined;
}

/** The members of a request to DynamoDB that tell what it is about. */
interface Item {
  Key?: { file_id: { S: string } };
  Item?: { file_id: { S: string }; validation_status: { S: string } };
  UpdateExpression?: string;
  ConditionExpression?: string;
}

/** What a request is: without what the time of day changes in it. */
function stepOf(
  { method, url = '', headers }: IncomingMessage,
  body: Buffer,
): { place: string; asked: string } {
  const target = headers['x-amz-target'];
  if (target === undefined) {
    const isTagging = new URL(url, 'http://store').searchParams.has('tagging');
    const place = `S3 ${method} ${isTagging ? 'tags' : 'object'}`;
    return { place, asked: [place, url, headers.range, body.toString('hex')].join(' ') };
  }
  const item = JSON.parse(body.toString()) as Item;
  const { Key, Item, UpdateExpression = '', ConditionExpression = '' } = item;
  const about =
    Item?.validation_status.S ??
    /validation_status|published|announced|processing_error/.exec(UpdateExpression)?.[0];
  const operation = String(target).split('.')[1] ?? '';
  const place = ['DynamoDB', operation, about].filter(Boolean).join(' ');
  const fileId = (Key ?? Item)?.file_id.S;
  return { place, asked: [place, fileId, UpdateExpression, ConditionExpression].join(' ') };
}
