import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import type { Services } from '../services.ts';
import { sendFile } from '../static-file.ts';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>File Upload API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true });\n`;

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** What of the folder with Swagger UI is served. */
const ASSETS = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
} as const;

/** The contract, and a page to read and try it. */
export const docsRoutes: FastifyPluginAsync<Services> = async (app, { settings }) => {
  app.get('/openapi.json', async (_request, reply) => {
    const contract = await import('@file-upload/api-client/openapi.json', {
      with: { type: 'json' },
    });
    return await reply.send(contract.default);
  });
  app.get('/docs', (_request, reply) =>
    reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8').send(PAGE),
  );
  app.get('/docs/start.js', (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(START),
  );

  for (const [name, type] of Object.entries(ASSETS)) {
    const path = join(settings.docsFolder, name);
    app.get(`/docs/${name}`, (request, reply) =>
      sendFile(request, reply, { path, type, cacheControl: 'max-age=3600' }),
    );
  }
};
