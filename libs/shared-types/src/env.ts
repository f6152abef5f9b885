import * as Type from 'typebox';
import type { Static } from 'typebox';
import { LIMITS } from './limits.ts';
import { mediaTypeProblem } from './media-type-list.ts';
import { VISIBILITIES } from './metadata.ts';
import { originProblem } from './origin-list.ts';

const port = (variable: string, value: number) =>
  Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: value,
    description: `${variable} 0 means any free one, which is printed.`,
  });

/** Text in which `problemOf` finds nothing. */
const list = (
  problemOf: (text: string) => string | undefined,
  options: { default?: string; description: string },
) =>
  Type.Refine(
    Type.String(options),
    (text) => problemOf(text) === undefined,
    (text) => problemOf(text) ?? '',
  );

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * The environment of the api: every variable that it reads, with its default and its rule. The
 * deployment's settings are these too, where they are variables of its Lambda, so that it accepts
 * what lets the Lambda start, and nothing else. What the variables forbid one another is in
 * env-rules.ts.
 */
export const Env = Type.Object({
  PORT: port('Where the API listens.', 3000),
  HOST: Type.String({
    default: '127.0.0.1',
    description: 'The address the API listens on.',
  }),
  S3_PORT: port('Where the embedded S3 listens, on loopback.', 9000),
  DATA_DIR: Type.String({
    default: '.data',
    minLength: 1,
    description: 'Where the embedded stores keep everything.',
  }),
  PUBLIC_BASE_URL: Type.Optional(
    Type.String({
      pattern: '^https?://[^/?#]+(/[^?#]*)?$',
      description: 'The URL callers reach the API under. Default: where it listens.',
    }),
  ),
  BUCKET_NAME: Type.Optional(
    Type.String({
      minLength: 3,
      description: 'The S3 bucket. With METADATA_TABLE, the real AWS is used.',
    }),
  ),
  METADATA_TABLE: Type.Optional(Type.String({ minLength: 3, description: 'The DynamoDB table.' })),
  AWS_REGION: Type.String({ default: 'us-east-1', description: 'The region of both.' }),
  AWS_ENDPOINT_URL: Type.Optional(
    Type.String({ description: 'Another endpoint than AWS for both stores.' }),
  ),
  AWS_ENDPOINT_URL_S3: Type.Optional(Type.String({ description: 'The same for S3 alone.' })),
  AWS_ENDPOINT_URL_DYNAMODB: Type.Optional(
    Type.String({ description: 'The same for DynamoDB alone.' }),
  ),
  DEFAULT_VISIBILITY: Type.Enum(VISIBILITIES, {
    default: 'private',
    description: 'The visibility of files whose uploader says nothing: public or private.',
  }),
  PUBLIC_READ: Type.Boolean({
    default: true,
    description:
      'Whether anybody may read public files in the bucket: true or false. If not, there are none.',
  }),
  ALLOWED_ORIGINS: list(originProblem, {
    default: '*',
    description:
      'The origins whose pages may call the API and, beside its own pages, upload into the bucket: *, or a list such as https://example.com,http://localhost:4200.',
  }),
  ALLOW_CREDENTIALS: Type.Boolean({
    default: false,
    description: 'Whether these pages may send cookies and the like: true or false. Not with *.',
  }),
  MAX_INLINE_BYTES: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: LIMITS.maxObjectBytes,
      description: `The largest form upload in bytes. Default: ${LIMITS.serverInlineBytes} on a server, ${LIMITS.lambdaInlineBytes} on Lambda.`,
    }),
  ),
  MAX_FILE_BYTES: Type.Integer({
    minimum: 1,
    maximum: LIMITS.maxObjectBytes,
    default: LIMITS.maxObjectBytes,
    description: 'The largest file of all, in bytes, however it arrives.',
  }),
  ALLOWED_CONTENT_TYPES: Type.Optional(
    list(mediaTypeProblem, {
      description:
        'The media types that may be stored, such as image/*,application/pdf. Default: all.',
    }),
  ),
  DENIED_CONTENT_TYPES: Type.Optional(
    list(mediaTypeProblem, {
      description: 'The media types that may not be stored, even where they are allowed.',
    }),
  ),
  UPLOAD_TOKEN_SECRET: Type.Optional(
    Type.String({
      minLength: 32,
      description:
        'What the tokens are signed with that Uppy puts into its paths: at least 32 characters, such as openssl rand -base64 48 prints. Default: Uppy needs no token.',
    }),
  ),
  LOG_LEVEL: Type.Enum(LOG_LEVELS, {
    default: 'info',
    description: `How much is logged: ${LOG_LEVELS.slice(0, -1).join(', ')} or ${LOG_LEVELS.at(-1)}.`,
  }),
});
export type Env = Static<typeof Env>;
export type EnvKey = keyof Env;
