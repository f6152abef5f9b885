/**
 * Writes the contract, or checks that the one that is committed is what the code says:
 *
 *   node openapi.ts [--check]
 */
import { readFile, writeFile } from 'node:fs/promises';
import swagger from '@fastify/swagger';
import { outlineApp } from './app-outline.ts';

const FILE = new URL('../../libs/api-client/openapi.json', import.meta.url);

const text = `${JSON.stringify(await describe(), null, 2)}\n`;
if (!process.argv.includes('--check')) {
  await writeFile(FILE, text);
} else if ((await readFile(FILE, 'utf8').catch(() => '')) !== text) {
  console.error('openapi.json is not what the code says. Run: npx nx run api:openapi');
  process.exitCode = 1;
}

async function describe(): Promise<unknown> {
  const app = await outlineApp(async (instance) => {
    await instance.register(swagger, {
      hideUntagged: true,
      refResolver: { buildLocalReference: (json) => json['$id'] as string },
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'File Upload API',
          version: '1.0.0',
          description:
            'Stores files of any size in storage that you own. Errors are problem details (RFC 9457) with a stable `code`.',
          license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        },
        servers: [{ url: '/', description: 'The service that serves this contract.' }],
        security: [],
        tags: [
          { name: 'files', description: 'Store, find, read and delete files.' },
          { name: 'uploads', description: 'Send files of any size straight to the store.' },
          { name: 'uppy', description: "What Uppy's @uppy/aws-s3 asks of a Companion." },
          { name: 'service', description: 'The service itself.' },
        ],
      },
    });
  });
  const contract = app.swagger();
  await app.close();
  return contract;
}
