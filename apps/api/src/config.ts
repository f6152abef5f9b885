import {
  contradictionsOf,
  Env,
  LIMITS,
  mediaTypesOf,
  originsOf,
  valueOfText,
  type EnvKey,
  type Visibility,
} from '@file-upload/shared-types';
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
  uploadTokenSecret: string | undefined;
  logLevel: Env['LOG_LEVEL'];
}

export interface AwsConfig {
  bucket: string;
  table: string;
  region: string;
  s3Endpoint: string | undefined;
  dynamodbEndpoint: string | undefined;
}

/** The variable that is never shown. */
const SECRET: EnvKey = 'UPLOAD_TOKEN_SECRET';

/** A variable that cannot be used. The message names it, says why, and what it is for. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'INVALID_CONFIG';
}

/**
 * Reads and checks the environment. An empty variable counts as one that is not set, but for the
 * secret: one that got lost on its way must not let everybody in.
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
    const text = environment[key];
    const { default: byDefault } = schema as { default?: unknown };
    const isSet = text !== undefined && (text !== '' || key === SECRET);
    const value = isSet ? valueOfText(schema, text) : byDefault;
    if (value !== undefined) env[key] = value;
  }
  if (!Check(Env, env)) {
    const [, [first]] = Errors(Env, env);
    const key = first?.instancePath.split('/')[1] as EnvKey;
    const { description } = Env.properties[key] as { description?: string };
    throw unusable(key, environment[key], `it ${first?.message}. ${description ?? ''}`);
  }
  const [contradiction] = contradictionsOf(env);
  if (contradiction) {
    const { key, rule } = contradiction;
    throw unusable(key, environment[key], rule);
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
        allowed: typesIn(env.ALLOWED_CONTENT_TYPES),
        denied: typesIn(env.DENIED_CONTENT_TYPES),
      },
      maxFileBytes: env.MAX_FILE_BYTES,
      publicRead: env.PUBLIC_READ,
    },
    cors: { origins: originsOf(env.ALLOWED_ORIGINS), credentials: env.ALLOW_CREDENTIALS },
    uploadTokenSecret: env.UPLOAD_TOKEN_SECRET,
    logLevel: env.LOG_LEVEL,
  };
}

function unusable(key: EnvKey, text: string | undefined, problem: string): ConfigError {
  const shown = key === SECRET ? '' : `=${JSON.stringify(text)}`;
  return new ConfigError(`${key}${shown} cannot be used: ${problem}`);
}

/** None where the variable is not set. */
function typesIn(list: string | undefined): string[] {
  return list === undefined ? [] : mediaTypesOf(list);
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
