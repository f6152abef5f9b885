import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  waitUntilTableExists,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import { ClassicLevel } from 'classic-level';
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

describe('after a kill between an item and its index entry', () => {
  const indexed = {
    TableName: 'indexed',
    BillingMode: 'PAY_PER_REQUEST' as const,
    AttributeDefinitions: ['id', 'owner'].map((name) => ({
      AttributeName: name,
      AttributeType: 'S' as const,
    })),
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-owner',
        KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' as const }],
        Projection: { ProjectionType: 'ALL' as const },
      },
    ],
  };
  const itemOf = (id: string, n = '1') => ({ id: { S: id }, owner: { S: 'me' }, n: { N: n } });

  async function listed(client: DynamoDBClient): Promise<unknown[]> {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: 'indexed',
        IndexName: 'by-owner',
        KeyConditionExpression: '#owner = :me',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':me': { S: 'me' } },
      }),
    );
    return Items.sort((a, b) => (a['id']!.S! < b['id']!.S! ? -1 : 1));
  }

  test('an index lists what is in its table, and nothing else', async () => {
    const first = await startRunning();
    const before = clientOf(first);
    await before.send(new CreateTableCommand(indexed));
    await waitUntilTableExists({ client: before, maxWaitTime: 10, minDelay: 0.01 }, indexed);
    for (const id of ['changed', 'ghost', 'kept', 'lost']) {
      await before.send(new PutItemCommand({ TableName: 'indexed', Item: itemOf(id) }));
    }
    await first.embedded.close();

    const folder = join(first.dataDir, 'dynamodb');
    const level = new ClassicLevel<string, unknown>(folder, { valueEncoding: 'json' });
    const keyOf = async (kind: string, id: string): Promise<string> => {
      for await (const [key, value] of level.iterator({ gte: kind, lt: `${kind}\x7f` })) {
        if (JSON.stringify(value).includes(`"${id}"`)) return key;
      }
      throw new Error(`There is no ${kind} ${id}.`);
    };
    await level.del(await keyOf('index-global', 'lost'));
    await level.del(await keyOf('item-', 'ghost'));
    await level.put(await keyOf('index-global', 'changed'), itemOf('changed', '2'));
    await level.close();
    await writeFile(`${folder}.running`, '');

    const after = clientOf(await startRunning(first.dataDir));
    expect(await listed(after)).toEqual([itemOf('changed'), itemOf('kept'), itemOf('lost')]);
  });
});
