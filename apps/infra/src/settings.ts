import { Env } from '@file-upload/shared-types';
import { Region } from '@pulumi/aws/types/enums/index.js';
import { Type, type Static } from 'typebox';

/** The name of the Pulumi project, which is the namespace of its configuration. */
export const PROJECT = 'file-upload';

/** AWS's commercial partition: the others have other endpoints, prices and service features. */
const REGIONS = Object.values(Region).filter(
  (region) => !/^(cn|us-gov|us-iso|eu-isoe|eusc)-/.test(region),
);

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html (and no dots: TLS) */
const BUCKET_NAME =
  '^(?!xn--|sthree-|amzn-s3-demo-)(?!.*(-s3alias|--ol-s3|--x-s3|--table-s3)$)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$';
const EMAIL = '^[^\\s@"<>()]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$';
const CERTIFICATE = '^arn:aws:acm:[a-z0-9-]+:\\d{12}:certificate/[a-f0-9-]+$';
const DOMAIN = '^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$';

const count = (minimum: number, description: string) => Type.Integer({ minimum, description });

/**
 * The configuration of a stack: every key, with its default and its rule. What the function is given
 * as it is has the rule of the function.
 */
export const Settings = Type.Object({
  region: Type.Unsafe<Region>({
    enum: REGIONS,
    default: 'us-east-1',
    description: 'The AWS region, such as us-east-1 or eu-central-1.',
  }),
  protect: Type.Boolean({
    default: true,
    description: 'Whether the bucket, the table and the key are kept when the stack is destroyed.',
  }),
  bucketName: Type.Optional(
    Type.String({
      pattern: BUCKET_NAME,
      description:
        "The bucket's name: 3 to 63 lower-case letters, digits and hyphens. Default: one of the stack.",
    }),
  ),
  publicRead: Env.properties.PUBLIC_READ,
  defaultVisibility: Env.properties.DEFAULT_VISIBILITY,
  allowedOrigins: Env.properties.ALLOWED_ORIGINS,
  allowCredentials: Env.properties.ALLOW_CREDENTIALS,
  maxFileBytes: Env.properties.MAX_FILE_BYTES,
  allowedContentTypes: Env.properties.ALLOWED_CONTENT_TYPES,
  deniedContentTypes: Env.properties.DENIED_CONTENT_TYPES,
  uploadTokenSecret: Env.properties.UPLOAD_TOKEN_SECRET,
  logRetentionDays: Type.Unsafe<number>({
    type: 'integer',
    enum: RETENTION_DAYS,
    default: 30,
    description: `How many days logs are kept: one of ${RETENTION_DAYS.join(', ')}.`,
  }),
  logLevel: Env.properties.LOG_LEVEL,
  alarmEmail: Type.Optional(
    Type.String({
      pattern: EMAIL,
      description: 'Who is told of alarms: an address such as team@example.com.',
    }),
  ),
  memoryMb: Type.Integer({
    minimum: 256,
    maximum: 10_240,
    default: 1024,
    description: "The function's memory in MiB, from 256 to 10240; its CPU grows with it.",
  }),
  reservedConcurrency: Type.Optional(
    count(1, 'How many copies of the function may run at once, at most. Default: no limit.'),
  ),
  provisionedConcurrency: Type.Optional(
    count(1, 'How many copies of the function are kept started, at least. Default: none.'),
  ),
  maxProvisionedConcurrency: Type.Optional(
    count(1, 'How many are kept started at most, under load. Default: four times as many.'),
  ),
  requestsPerSecond: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 500,
    description: 'The requests a second that are let in, in the long run: 1 to 10000.',
  }),
  requestBurst: Type.Integer({
    minimum: 1,
    maximum: 5_000,
    default: 1_000,
    description: 'The requests that are let in at once: 1 to 5000.',
  }),
  domainName: Type.Optional(
    Type.String({
      pattern: DOMAIN,
      description: 'A domain of yours for the API, such as files.example.com. With certificateArn.',
    }),
  ),
  certificateArn: Type.Optional(
    Type.String({
      pattern: CERTIFICATE,
      description: 'The certificate of domainName: its ARN in ACM, in the same region.',
    }),
  ),
});
export type Settings = Static<typeof Settings>;
export type SettingName = keyof typeof Settings.properties;

/** The settings that nobody but the stack may know. */
export const SECRETS: readonly SettingName[] = ['uploadTokenSecret'];

/** In the order in which they are told of. */
export const SETTING_NAMES = Object.keys(Settings.properties) as SettingName[];

/** The key of a setting in the configuration of a stack. */
export function keyOf(name: SettingName): string {
  return name === 'region' ? 'aws:region' : `${PROJECT}:${name}`;
}

/** Why no stack can have a name, which is part of the names of what it makes; undefined: one can. */
export function stackNameProblem(name: string): string | undefined {
  return /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/.test(name)
    ? undefined
    : `The stack's name ${JSON.stringify(name)} cannot be used: it must be 1 to 20 lower-case letters, digits and hyphens, a letter first.`;
}

/** What a setting is, and what it may be. */
export function ruleOf(name: SettingName): string {
  return (Settings.properties[name] as { description?: string }).description ?? '';
}

/** How many copies of the function are kept started under load. */
export function mostProvisioned({
  provisionedConcurrency = 0,
  maxProvisionedConcurrency = 4 * provisionedConcurrency,
}: Settings): number {
  return maxProvisionedConcurrency;
}
