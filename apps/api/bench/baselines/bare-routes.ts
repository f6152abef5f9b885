/** The calls to S3 and DynamoDB that the service makes, on bare Fastify routes with the bare SDK. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import Fastify from 'fastify';
import type { Backend } from '../backend.ts';

const { s3Endpoint, dynamodbEndpoint, region, credentials, bucket, table } = JSON.parse(
  process.argv[2] ?? '',
) as Backend;
const s3 = new S3Client({ endpoint: s3Endpoint, region, credentials, forcePathStyle: true });
const dynamodb = DynamoDBDocumentClient.from(
  new DynamoDBClient({ endpoint: dynamodbEndpoint, region, credentials }),
);

const app = Fastify();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
  done(null, body);
});
app.post('/files', async (request, reply) => {
  const id = randomUUID();
  const body = request.body as Buffer;
  const key = `${id}/small.bin`;
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentType: 'application/octet-stream',
      Metadata: { 'file-name': 'small.bin', owner: 'bench', visibility: 'private' },
      IfNoneMatch: '*',
    }),
  );
  const row = {
    file_id: id,
    file_name: 'small.bin',
    content_type: 'application/octet-stream',
    file_size: body.length,
    s3_key: key,
    upload_time: new Date().toISOString(),
    validation_status: 'UPLOADED',
    visibility: 'private',
    owner: 'bench',
  };
  await dynamodb.send(
    new PutCommand({
      TableName: table,
      Item: row,
      ConditionExpression:
        'attribute_not_exists(file_id) OR (validation_status = :pending AND s3_key = :key)',
      ExpressionAttributeValues: { ':pending': 'PENDING', ':key': key },
    }),
  );
  return await reply.code(201).send({ file_id: id, metadata: row });
});
app.get<{ Params: { id: string } }>('/files/:id', async ({ params }) => {
  const Key = { file_id: params.id };
  const found = await dynamodb.send(
    new GetCommand({ TableName: table, Key, ConsistentRead: true }),
  );
  return found.Item;
});
process.send?.({ url: await app.listen({ port: 0, host: '127.0.0.1' }) });
