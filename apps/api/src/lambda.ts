import type { OutgoingHttpHeaders } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  awsLambdaFastify,
  type LambdaFastifyOptions,
  type LambdaResponse,
} from '@fastify/aws-lambda';
import { LIMITS } from '@file-upload/shared-types';
import { createTasks, isTaskCall, TASK_NAMES } from '@file-upload/workflow';
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

const FOLDER = dirname(fileURLToPath(import.meta.url));
const stores = createStores(aws);
const baseUrl = () => publicBaseUrl;
const runTask = createTasks({ ...stores, rules: config.rules, baseUrl });

const app = await buildApp({
  ...stores,
  logger: { level: config.logLevel },
  settings: {
    baseUrl,
    defaultVisibility: config.defaultVisibility,
    maxInlineBytes: config.maxInlineBytes,
    rules: config.rules,
    cors: config.cors,
    uploadTokenSecret: config.uploadTokenSecret,
    // The build puts the files of both pages beside the bundle.
    docsFolder: FOLDER,
    pageFolder: join(FOLDER, 'page'),
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

/** An event of neither kind: whoever sent it has to be told, not answered as if all were well. */
class UnknownEventError extends Error {
  override readonly name = 'UnknownEvent';
}

/**
 * Answers a request of API Gateway's HTTP API (payload format 2.0), or runs a task of the state
 * machine and returns its new state.
 *
 * A member `task` makes an event a task, whatever else it has: what fails as a task throws a named
 * error, which `Retry` and `Catch` see; an HTTP answer, of whatever status, would pass for success.
 *
 * @throws UnknownEvent, UnknownTask, and the faults of tasks by their names
 */
export async function handler(event: unknown, context: Context): Promise<unknown> {
  if (isTaskCall(event)) return await runTask(event);
  if (isHttpRequest(event)) return await answer(event, context);
  throw new UnknownEventError(
    'Expected a request in payload format 2.0 (version "2.0" and requestContext.http), or a task ' +
      `({"task": ${TASK_NAMES.join(', ')}; "input": the "Object Created" event of S3; "retries"}).`,
  );
}

function isHttpRequest(event: unknown): event is APIGatewayProxyEventV2 {
  const { version, requestContext, ...others } = (event ?? {}) as Partial<APIGatewayProxyEventV2>;
  return version === '2.0' && requestContext?.http !== undefined && !('task' in others);
}
