/** Loaded before a program: prints each request that it makes of its stores, one a line. */
import { subscribe } from 'node:diagnostics_channel';

subscribe('http.client.request.start', ({ request }) => {
  const operation = request.getHeader('x-amz-target') ?? `S3.${request.method}`;
  process.stdout.write(`call ${operation}\n`);
});
