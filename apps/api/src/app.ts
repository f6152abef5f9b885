import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import { AppError, LIMITS } from '@file-upload/shared-types';
import Fastify, {
  type FastifyInstance,
  type FastifyServerOptions,
  type RouteOptions,
} from 'fastify';
import { COMPONENTS } from './components.ts';
import { closeAfterLastAnswers } from './last-answers.ts';
import { answerClientError, answerError } from './problems.ts';
import { createFileRoute } from './routes/create-file.ts';
import { docsRoutes } from './routes/docs.ts';
import { eventRoute } from './routes/events.ts';
import { fileRoutes } from './routes/files.ts';
import { healthRoute } from './routes/health.ts';
import { historyRoute } from './routes/history.ts';
import { pageRoutes } from './routes/page.ts';
import { uploadPartRoutes } from './routes/upload-parts.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { TOKEN_PREFIX, uppyRoutes } from './routes/uppy.ts';
import type { Services } from './services.ts';
import { refuseSlowBodies } from './slow-body.ts';
import { refuseUnknownRoutes } from './unknown-routes.ts';
import { withoutToken } from './upload-token.ts';
import { createValidatorCompiler } from './validation.ts';

export interface AppOptions extends Services {
  logger: FastifyServerOptions['logger'];
  /** Sees every route as it is added: how the contract is written down. */
  observer?: (app: FastifyInstance) => Promise<void>;
}

/** Characters: an upload token is the longest. */
const MAX_PARAM_LENGTH = 2048;

/** Headers of every answer: it is data, to be neither run, nor sniffed, nor framed. */
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

/** The service; the one door that the server, the Lambda and the tests all come through. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { logger, observer, ...services } = options;
  const app = Fastify({
    logger: logger ? withoutTokens(logger) : false,
    // Ours, never the client's: it has to be unique in our logs.
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    // Uploads may take long; what is bounded is the time without progress (slow-body.ts).
    requestTimeout: 0,
    http: { headersTimeout: 15_000, maxHeaderSize: 16 * 1024 },
    // A request that came in before the end is answered.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerClientError,
    frameworkErrors: answerError,
    schemaController: {
      compilersFactory: {
        // Declared as what Fastify's own Ajv compiles; documented as any validator compiler.
        buildValidator: () => createValidatorCompiler(COMPONENTS) as never,
        // Compiling a serializer for each answer would be half of a Lambda's start.
        buildSerializer: () => () => JSON.stringify,
      },
    },
    // Uppy keeps a slash at the end of its endpoint, and adds another one.
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, ignoreDuplicateSlashes: true },
  });

  app.setErrorHandler(answerError);
  // Fastify takes it unasked; no route of ours does.
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
    done();
  });
  const { origins, credentials } = services.settings.cors;
  await app.register(cors, {
    origin: origins,
    credentials,
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    exposedHeaders: ['Location', 'Retry-After', 'X-Request-Id'],
    maxAge: 3600,
  });
  refuseManyHeaders(app);
  refuseUnknownRoutes(app);
  closeAfterLastAnswers(app);
  refuseSlowBodies(app, services.settings.slowBodyMs);

  if (observer) await observer(app);
  else app.addHook('onRoute', leaveOutAnswers);
  for (const component of COMPONENTS) app.addSchema(component);

  await app.register(createFileRoute, services);
  await app.register(fileRoutes, services);
  await app.register(historyRoute, services);
  await app.register(uploadRoutes, services);
  await app.register(uploadPartRoutes, services);
  await app.register(uppyRoutes, services);
  // In a scope of its own: among the options the prefix would be passed on, and count twice.
  await app.register(async (scope) => void (await scope.register(uppyRoutes, services)), {
    prefix: TOKEN_PREFIX,
  });
  await app.register(eventRoute, services);
  await app.register(healthRoute, services);
  await app.register(docsRoutes, services);
  await app.register(pageRoutes, services);
  return app;
}

/** Answers are described for the contract alone: Fastify would go through them all at each start. */
function leaveOutAnswers(route: RouteOptions): void {
  if (route.schema) route.schema = { ...route.schema, response: undefined };
}

/** Upload tokens stand in paths, which are logged. */
function withoutTokens(logger: AppOptions['logger']): NonNullable<AppOptions['logger']> {
  const redact = { paths: ['req.url'], censor: (url: unknown) => withoutToken(String(url)) };
  return { ...(typeof logger === 'object' && logger), redact };
}

/** A request with more headers than anybody needs is an attack, or a mistake. */
function refuseManyHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const headers = request.raw.rawHeaders.length / 2;
    const { requestHeaders } = LIMITS;
    done(
      headers > requestHeaders
        ? new AppError('HEADERS_TOO_LARGE', `${headers} headers: ${requestHeaders} are allowed.`)
        : undefined,
    );
  });
}
