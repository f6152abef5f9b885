import { Env, LIMITS, type Visibility } from '@file-upload/shared-types';
import type { FileRules } from '@file-upload/workflow';
import { Check, Errors } from 'typebox/schema';
import type { CorsSettings } from './services.ts';

/** Everything the entry points take from their environment. */
export interface Config {
  port: number;
  host: string;
  s3Port: number;
  dataDir: string;
  publicBaseUrl: string | undefined;
  /** Where the files are on AWS, or what speaks like it; undefined: in the embedded stores. */
  aws: AwsConfig | undefined;
  defaultVisibility: Visibility;
  maxInlineBytes: number;
  rules: FileRules;
  cors: CorsSettings;
  logLevel: Env['LOG_LEVEL'];
}

export interface AwsConfig {
  bucket: string;
  table: string;
  region: string;
  s3Endpoint: string | undefined;
  dynamodbEndpoint: string | undefined;
}

/** A variable that cannot be used. The message names it, says why, and what it is for. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'INVALID_CONFIG';
}

/**
 * Reads and checks the environment. An empty variable counts as one that is not set.
 *
 * @param maxInlineBytes the default of `MAX_INLINE_BYTES`
 * @throws ConfigError
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  { maxInlineBytes = LIMITS.serverInlineBytes }: { maxInlineBytes?: number } = {},
): Config {
  const env: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(Env.properties)) {
    const value = valueOf(schema, environment[key]);
    if (value !== undefined) env[key] = value;
  }
  if (!Check(Env, env)) {
    const [, [first]] = Errors(Env, env);
    const key = first?.instancePath.split('/')[1] as keyof typeof Env.properties;
    const { description } = Env.properties[key] as { description?: string };
    throw new ConfigError(
      `${key}=${JSON.stringify(environment[key])} cannot be used: it ${first?.message}. ${description ?? ''}`,
    );
  }
  if (env.DEFAULT_VISIBILITY === 'public' && !env.PUBLIC_READ) {
    throw new ConfigError(
      'DEFAULT_VISIBILITY="public" cannot be used: it must be private where PUBLIC_READ is false.',
    );
  }
  return {
    port: env.PORT,
    host: env.HOST,
    s3Port: env.S3_PORT,
    dataDir: env.DATA_DIR,
    publicBaseUrl: env.PUBLIC_BASE_URL?.replace(/\/+$/, ''),
    aws: awsConfig(env),
    defaultVisibility: env.DEFAULT_VISIBILITY,
    maxInlineBytes: env.MAX_INLINE_BYTES ?? maxInlineBytes,
    rules: {
      types: {
        allowed: typesIn(env, 'ALLOWED_CONTENT_TYPES'),
        denied: typesIn(env, 'DENIED_CONTENT_TYPES'),
      },
      maxFileBytes: env.MAX_FILE_BYTES,
      publicRead: env.PUBLIC_READ,
    },
    cors: corsSettings(env),
    logLevel: env.LOG_LEVEL,
  };
}

/** Variables are text: this is the number or the boolean that a schema asks for. */
function valueOf(schema: object, text: string | undefined): unknown {
  const { type, default: value } = schema as { type?: string; default?: unknown };
  if (!text) return value;
  if (type === 'integer' && /^-?\d+$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

/** A media type (RFC 6838 section 4.2), all of a kind, or everything. */
const TYPE_PATTERN = /^(\*\/\*|[a-z\d][\w!#$&^.+-]*\/(\*|[a-z\d][\w!#$&^.+-]*))$/i;

/** The patterns of a comma-separated list; none where the variable is not set. */
function typesIn(env: Env, key: 'ALLOWED_CONTENT_TYPES' | 'DENIED_CONTENT_TYPES'): string[] {
  const value = env[key];
  if (value === undefined) return [];
  const patterns = value.split(',').map((pattern) => pattern.trim());
  const wrong = patterns.find((pattern) => !TYPE_PATTERN.test(pattern));
  if (wrong === undefined) return patterns;
  throw new ConfigError(
    `${key}=${JSON.stringify(value)} cannot be used: ${JSON.stringify(wrong)} is neither a media type such as image/png, nor a kind such as image/*, nor */*.`,
  );
}

/** The origin of a page (RFC 6454 section 6.2): a scheme, a host and, where it is another, a port. */
const ORIGIN_PATTERN = /^[a-z][a-z\d+.-]*:\/\/([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

function corsSettings({
  ALLOWED_ORIGINS: list,
  ALLOW_CREDENTIALS: credentials,
}: Env): CorsSettings {
  const origins = list.split(',').map((origin) => origin.trim());
  const isOrigin = (text: string) => ORIGIN_PATTERN.test(text) && URL.canParse(text);
  const wrong = origins.find((origin) => origin !== '*' && !isOrigin(origin));
  if (wrong !== undefined) {
    throw new ConfigError(
      `ALLOWED_ORIGINS=${JSON.stringify(list)} cannot be used: ${JSON.stringify(wrong)} is neither * nor an origin such as https://example.com or http://localhost:4200.`,
    );
  }
  if (!origins.includes('*')) return { origins: origins.map(asSent), credentials };
  if (!credentials) return { origins: '*', credentials };
  throw new ConfigError(
    'ALLOW_CREDENTIALS="true" cannot be used: browsers refuse credentials where ALLOWED_ORIGINS has *. Name the origins.',
  );
}

/** An origin as browsers send it: in lower case, without the port that the scheme has anyway. */
function asSent(origin: string): string {
  return /^https?:/i.test(origin) ? new URL(origin).origin : origin.toLowerCase();
}

function awsConfig(env: Env): AwsConfig | undefined {
  const { BUCKET_NAME: bucket, METADATA_TABLE: table } = env;
  if (!bucket && !table) return undefined;
  if (!bucket || !table) {
    const [there, missing] = bucket
      ? ['BUCKET_NAME', 'METADATA_TABLE']
      : ['METADATA_TABLE', 'BUCKET_NAME'];
    throw new ConfigError(
      `${there} is set and ${missing} is not. Set both to use AWS, or neither to use the embedded stores.`,
    );
  }
  return {
    bucket,
    table,
    region: env.AWS_REGION,
    s3Endpoint: env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL,
    dynamodbEndpoint: env.AWS_ENDPOINT_URL_DYNAMODB ?? env.AWS_ENDPOINT_URL,
  };
}
