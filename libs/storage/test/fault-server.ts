import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a store that is in trouble treats a request. */
export type Fault = (response: ServerResponse) => void;

export interface FaultServer {
  endpoint: string;
  /** Requests that arrived. */
  readonly requests: number;
  close: () => Promise<void>;
}

/** A store that treats every request alike, once it was read. */
export async function startFaultServer(fault: Fault): Promise<FaultServer> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    request.resume().on('end', () => fault(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isDynamodb({ req }: ServerResponse): boolean {
  return req.headers['x-amz-target'] !== undefined;
}

/** The ways S3 (XML) and DynamoDB (JSON) name an error. */
export function answer(status: number, code: string): Fault {
  return (response) => {
    const dynamodb = isDynamodb(response);
    response.writeHead(status, {
      'content-type': dynamodb ? 'application/x-amz-json-1.0' : 'application/xml',
    });
    response.end(
      dynamodb
        ? JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: 'No.' })
        : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message></Error>`,
    );
  };
}

/** Each of them asks in its own words to be asked less often. */
export const throttle: Fault = (response) =>
  isDynamodb(response)
    ? answer(400, 'ThrottlingException')(response)
    : answer(503, 'SlowDown')(response);

export const reset: Fault = ({ req }) => req.socket.resetAndDestroy();
export const hang: Fault = () => undefined;
