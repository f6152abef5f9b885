import { PutObjectCommand } from '@aws-sdk/client-s3';
import { startFaultServer } from '../test/fault-server.ts';
import { createClients } from './clients.ts';
import { withUnsignedPayload } from './unsigned-payload.ts';

test('a request says that its body is not signed, and signs that', async () => {
  const sent: Record<string, unknown>[] = [];
  const server = await startFaultServer((response) => {
    sent.push(response.req.headers);
    response.end();
  });
  const { s3, destroy } = createClients({
    region: 'us-east-1',
    s3Endpoint: server.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local-secret' },
  });
  await s3.send(
    withUnsignedPayload(new PutObjectCommand({ Bucket: 'files', Key: 'key', Body: 'bytes' })),
  );
  expect(sent).toEqual([
    expect.objectContaining({
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      authorization: expect.stringContaining('x-amz-content-sha256') as string,
    }),
  ]);
  destroy();
  await server.close();
});
