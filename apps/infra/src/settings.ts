import { LIMITS, Visibility } from '@file-upload/shared-types';
import { Region } from '@pulumi/aws/types/enums/index.js';
import { Type, type Static } from 'typebox';
import { Check, Default, Errors } from 'typebox/value';

/** The name of the Pulumi project, which is the namespace of its configuration. */
export const PROJECT = 'file-upload';

/** AWS's commercial partition: the others have other endpoints, prices and service features. */
const REGIONS = Object.values(Region).filter(
  (region) => !/^(cn|us-gov|us-iso|eu-isoe)/.test(region),
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
/** As browsers send it, and S3 compares it: in lower case. */
const ORIGIN =
  'https?://[a-z0-9.-]+(:([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d\\d|655[0-2]\\d|6553[0-5]))?';
const ORIGINS = `^(\\*|${ORIGIN}(,${ORIGIN})*)$`;
const MEDIA_TYPES =
  '^[a-z\\d*][\\w!#$&^.+-]*/[\\w!#$&^.+*-]+(,[a-z\\d*][\\w!#$&^.+-]*/[\\w!#$&^.+*-]+)*$';
const CERTIFICATE = '^arn:aws:acm:[a-z0-9-]+:\\d{12}:certificate/[a-f0-9-]+$';
const DOMAIN = '^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$';

const count = (minimum: number, description: string) => Type.Integer({ minimum, description });

/** The configuration of a stack: every key, with its default and its rule. */
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
  publicRead: Type.Boolean({
    default: true,
    description: 'Whether anybody may read public files in the bucket once they are VALID.',
  }),
  defaultVisibility: Type.Unsafe<Visibility>({
    ...Visibility,
    default: 'private',
    description: 'The visibility of files whose uploader says nothing: public or private.',
  }),
  allowedOrigins: Type.String({
    pattern: ORIGINS,
    default: '*',
    description:
      'The origins whose pages may call the API and upload into the bucket: *, or a list such as https://example.com,http://localhost:4200.',
  }),
  allowCredentials: Type.Boolean({
    default: false,
    description: 'Whether these pages may send cookies and the like. Not with *.',
  }),
  maxFileBytes: Type.Integer({
    minimum: 1,
    maximum: LIMITS.maxObjectBytes,
    default: LIMITS.maxObjectBytes,
    description: 'The largest file, in bytes.',
  }),
  allowedContentTypes: Type.Optional(
    Type.String({
      pattern: MEDIA_TYPES,
      description: 'The media types that may be stored: a list such as image/*,application/pdf.',
    }),
  ),
  deniedContentTypes: Type.Optional(
    Type.String({
      pattern: MEDIA_TYPES,
      description: 'The media types that may not be stored, even where they are allowed.',
    }),
  ),
  logRetentionDays: Type.Unsafe<number>({
    type: 'integer',
    enum: RETENTION_DAYS,
    default: 30,
    description: `How many days logs are kept: one of ${RETENTION_DAYS.join(', ')}.`,
  }),
  logLevel: Type.Unsafe<string>({
    enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    description: 'How much the function logs: trace, debug, info, warn, error, fatal or silent.',
  }),
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

/** Configuration that cannot be used: the message has a line for each key, with its rule. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** The key of a setting in the configuration of a stack. */
export function keyOf(name: SettingName): string {
  return name === 'region' ? 'aws:region' : `${PROJECT}:${name}`;
}

/**
 * Reads and checks the configuration of a stack.
 *
 * @param stack its name, which is part of the names of what it makes
 * @param config by full keys, such as `file-upload:protect`
 * @throws SettingsError that names every key that cannot be used, and its rule
 */
export function readSettings(stack: string, config: Readonly<Record<string, string>>): Settings {
  const names = Object.keys(Settings.properties) as SettingName[];
  const problems: string[] = [];
  if (!/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/.test(stack)) {
    problems.push(
      `The stack's name ${JSON.stringify(stack)} cannot be used: it must be 1 to 20 lower-case letters, digits and hyphens, a letter first.`,
    );
  }
  const known = new Set(names.map(keyOf));
  for (const key of Object.keys(config)) {
    if (key.startsWith(`${PROJECT}:`) && !known.has(key)) {
      problems.push(`${key} is no key of this project. Its keys are ${[...known].join(', ')}.`);
    }
  }
  const set = names.flatMap((name) => {
    const value = config[keyOf(name)];
    return value === undefined ? [] : [[name, parse(name, value)] as const];
  });
  const settings = Default(Settings, Object.fromEntries(set));
  const wrong = new Set(
    Errors(Settings, settings).map(({ instancePath }) => instancePath.split('/')[1] as SettingName),
  );
  for (const name of wrong) {
    problems.push(refusal(name, config[keyOf(name)], ruleOf(name)));
  }
  if (Check(Settings, settings)) problems.push(...contradictions(settings));
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return settings as Settings;
}

/** The value that a text stands for; the text itself where it is none of its type. */
function parse(name: SettingName, text: string): unknown {
  const { type } = Settings.properties[name] as { type?: string };
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

/** What a setting is, and what it may be. */
export function ruleOf(name: SettingName): string {
  return (Settings.properties[name] as { description?: string }).description ?? '';
}

function refusal(name: SettingName, value: unknown, rule: string): string {
  return `${keyOf(name)} cannot be ${JSON.stringify(value)}. ${rule}`;
}

/** What each setting allows and all of them together do not. */
function contradictions(settings: Settings): string[] {
  const { provisionedConcurrency: least, reservedConcurrency: reserved } = settings;
  const most = settings.maxProvisionedConcurrency;
  const rules: [broken: boolean, name: SettingName, rule: string][] = [
    [
      settings.allowCredentials && settings.allowedOrigins === '*',
      'allowCredentials',
      `Browsers refuse credentials where ${keyOf('allowedOrigins')} is *: name the origins.`,
    ],
    [
      settings.defaultVisibility === 'public' && !settings.publicRead,
      'defaultVisibility',
      `It must be private where ${keyOf('publicRead')} is false.`,
    ],
    [
      settings.domainName !== undefined && settings.certificateArn === undefined,
      'domainName',
      `It needs ${keyOf('certificateArn')}.`,
    ],
    [
      settings.certificateArn !== undefined && settings.domainName === undefined,
      'certificateArn',
      `It needs ${keyOf('domainName')}.`,
    ],
    [
      settings.certificateArn !== undefined &&
        settings.certificateArn.split(':')[3] !== settings.region,
      'certificateArn',
      `It must be in the same region as the API, ${settings.region}.`,
    ],
    [
      most !== undefined && (least === undefined || most < least),
      'maxProvisionedConcurrency',
      `It must be at least ${keyOf('provisionedConcurrency')}.`,
    ],
    [
      reserved !== undefined && least !== undefined && reserved < mostProvisioned(settings),
      'reservedConcurrency',
      'It must be at least the provisioned concurrency under load.',
    ],
  ];
  return rules.flatMap(([broken, name, rule]) =>
    broken ? [refusal(name, settings[name], rule)] : [],
  );
}

/** How many copies of the function are kept started under load. */
export function mostProvisioned({
  provisionedConcurrency = 0,
  maxProvisionedConcurrency = 4 * provisionedConcurrency,
}: Settings): number {
  return maxProvisionedConcurrency;
}
