import type { OutgoingHttpHeaders } from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  awsLambdaFastify,
  type LambdaFastifyOptions,
  type LambdaResponse,
} from '@fastify/aws-lambda';
import { LIMITS } from '@file-upload/shared-types';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { buildApp } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { createStores } from './stores.ts';

const { aws, publicBaseUrl, ...config } = readConfig(process.env, {
  maxInlineBytes: LIMITS.lambdaInlineBytes,
});
if (!aws || !publicBaseUrl) {
  throw new ConfigError('The Lambda needs BUCKET_NAME, METADATA_TABLE and PUBLIC_BASE_URL.');
}

const app = await buildApp({
  ...createStores(aws),
  logger: { level: config.logLevel },
  settings: {
    baseUrl: () => publicBaseUrl,
    defaultVisibility: config.defaultVisibility,
    maxInlineBytes: config.maxInlineBytes,
    // The build puts the files of the reference page beside the bundle.
    docsFolder: dirname(fileURLToPath(import.meta.url)),
    slowBodyMs: LIMITS.slowBodyMs,
  },
});
/** What is text travels as it is; anything else, and what is compressed, as base64. */
function isText(headers: OutgoingHttpHeaders): boolean {
  const type = String(headers['content-type'] ?? 'text/plain');
  return !headers['content-encoding'] && /^(text\/|application\/([\w.]+\+)?json\b)/.test(type);
}

const answer = awsLambdaFastify<APIGatewayProxyEventV2, LambdaFastifyOptions, LambdaResponse>(app, {
  decorateRequest: false,
  // A comma in a query is a comma.
  parseCommaSeparatedQueryParams: false,
  enforceBase64: ({ headers }) => !isText(headers),
});
// Routes are compiled while Lambda starts the environment, not within the first request.
await app.ready();

/** Answers a request of API Gateway's HTTP API (payload format 2.0). */
export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<LambdaResponse> {
  return await answer(event, context);
}
