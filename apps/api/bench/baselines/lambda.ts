/** The least that a Lambda like ours consists of: Fastify, and the clients of both stores. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import Fastify from 'fastify';

const s3 = new S3Client({ region: 'us-east-1' });
const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
const app = Fastify();
app.get('/', () => ({ region: [s3.config, dynamodb.config].length }));
await app.ready();

export const handler = () => app.inject('/');
