import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/**
 * How long one call to a store may take, in milliseconds: `attempts` times the wait for a
 * connection or an answer, plus the SDK's backoff of at most a second in all. Bounded so that a
 * store that hangs is reported within API Gateway's 30 seconds.
 */
export const STORE_TIMEOUTS: StoreTimeouts = {
  attempts: 3,
  connectionMs: 2_000,
  s3IdleMs: 8_000,
  dynamodbIdleMs: 3_000,
};

export interface StoreTimeouts {
  attempts: number;
  connectionMs: number;
  /** Silence on the socket. S3 needs the longer one to complete a large multipart upload. */
  s3IdleMs: number;
  dynamodbIdleMs: number;
}

export interface ClientOptions {
  region: string;
  /** Only for stores that are not AWS's own; otherwise the SDK finds the endpoint. */
  s3Endpoint?: string | undefined;
  dynamodbEndpoint?: string | undefined;
  /** Only for stores that are not AWS's own; otherwise the SDK's default chain is used. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
  /** {@link STORE_TIMEOUTS} where none are given. */
  timeouts?: StoreTimeouts | undefined;
}

export interface StoreClients {
  s3: S3Client;
  dynamodb: DynamoDBDocumentClient;
  /** Closes the idle connections of both. */
  destroy: () => void;
}

/** Makes the SDK clients that every store is given. */
export function createClients(options: ClientOptions): StoreClients {
  const { region, credentials, timeouts = STORE_TIMEOUTS } = options;
  const shared = {
    region,
    maxAttempts: timeouts.attempts,
    ...(credentials && { credentials }),
  };
  const s3 = new S3Client({
    ...shared,
    ...(options.s3Endpoint && { endpoint: options.s3Endpoint, forcePathStyle: true }),
    // This library gives each request its checksum. The SDK's own would be of an empty body in a
    // presigned URL, and slower by two thirds elsewhere.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: handler(timeouts.connectionMs, timeouts.s3IdleMs),
  });
  const dynamodb = new DynamoDBClient({
    ...shared,
    ...(options.dynamodbEndpoint && { endpoint: options.dynamodbEndpoint }),
    requestHandler: handler(timeouts.connectionMs, timeouts.dynamodbIdleMs),
  });
  return {
    s3,
    dynamodb: DynamoDBDocumentClient.from(dynamodb, {
      marshallOptions: { removeUndefinedValues: true },
    }),
    destroy() {
      s3.destroy();
      dynamodb.destroy();
    },
  };
}

function handler(connectionTimeout: number, socketTimeout: number): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout,
    socketTimeout,
    httpAgent: { maxSockets: 128 },
    httpsAgent: { maxSockets: 128 },
  });
}
