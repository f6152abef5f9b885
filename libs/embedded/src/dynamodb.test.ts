import { connect } from 'node:net';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  waitUntilTableExists,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import { atEnd, refusal, startRunning, type Running } from '../test/running-embedded.ts';

function clientOf({ embedded }: Running, more: DynamoDBClientConfig = {}): DynamoDBClient {
  const client = new DynamoDBClient({
    endpoint: embedded.dynamodbEndpoint,
    region: embedded.region,
    credentials: embedded.credentials,
    maxAttempts: 1,
    ...more,
  });
  atEnd(() => Promise.resolve(client.destroy()));
  return client;
}

const table = {
  TableName: 'files',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
} as const;
const item = { id: { S: 'one' }, n: { N: '1' } };

test('has no table at the first start, and keeps tables and items over a restart', async () => {
  const first = await startRunning();
  const before = clientOf(first);
  expect((await before.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  await before.send(
    new CreateTableCommand({
      ...table,
      AttributeDefinitions: [...table.AttributeDefinitions],
      KeySchema: [...table.KeySchema],
    }),
  );
  await waitUntilTableExists(
    { client: before, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 },
    { TableName: 'files' },
  );
  await before.send(new PutItemCommand({ TableName: 'files', Item: item }));
  const after = clientOf(await first.restart());
  const { Item } = await after.send(
    new GetItemCommand({ TableName: 'files', Key: { id: item.id } }),
  );
  expect(Item).toEqual(item);
});

test('refuses requests that are not signed with its credentials', async () => {
  const running = await startRunning();
  const { accessKeyId } = running.embedded.credentials;
  const list = (accessKeyId: string, secretAccessKey: string) =>
    clientOf(running, { credentials: { accessKeyId, secretAccessKey } }).send(
      new ListTablesCommand({}),
    );
  expect(await refusal(list('other', 'x'))).toMatchObject({ code: 'UnrecognizedClientException' });
  expect(await refusal(list(accessKeyId, 'x'))).toMatchObject({
    code: 'InvalidSignatureException',
  });
  const unsigned = await fetch(running.embedded.dynamodbEndpoint, { method: 'POST', body: '{}' });
  expect(unsigned.status).toBe(400);
  expect(await unsigned.json()).toMatchObject({
    __type: 'com.amazon.coral.service#IncompleteSignatureException',
  });
});

test('outlives a client that hangs up in the middle of a request', async () => {
  const running = await startRunning();
  const { port } = new URL(running.embedded.dynamodbEndpoint);
  const socket = connect(Number(port), '127.0.0.1');
  await new Promise<void>((resolve) =>
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc', () => resolve()),
  );
  socket.destroy();
  expect((await clientOf(running).send(new ListTablesCommand({}))).TableNames).toEqual([]);
});
