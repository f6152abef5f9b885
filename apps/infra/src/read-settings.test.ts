import { execFileSync } from 'node:child_process';
import { readSettings, SettingsError } from './read-settings.ts';
import { variablesOf } from './variables.ts';

const CERTIFICATE =
  'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000000';

/** What is said of a configuration. */
function refusalOf(config: Record<string, string>, stack = 'dev'): string {
  try {
    readSettings(stack, config);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  throw new Error(`Nothing is wrong with ${JSON.stringify(config)}.`);
}

test('a stack needs no configuration', () => {
  expect(readSettings('dev', {})).toEqual({
    region: 'us-east-1',
    protect: true,
    publicRead: true,
    defaultVisibility: 'private',
    allowedOrigins: '*',
    allowCredentials: false,
    maxFileBytes: 50 * 1024 ** 4,
    logRetentionDays: 30,
    logLevel: 'info',
    memoryMb: 1024,
    requestsPerSecond: 500,
    requestBurst: 1000,
  });
});

const CONFIGURED = {
  'aws:region': 'eu-central-1',
  'aws:profile': 'of no concern here',
  'file-upload:protect': 'false',
  'file-upload:bucketName': 'files-of-example-com',
  'file-upload:allowedOrigins': 'https://example.com,http://localhost:4200',
  'file-upload:allowCredentials': 'true',
  'file-upload:allowedContentTypes': 'image/*,application/pdf',
  'file-upload:logRetentionDays': '365',
  'file-upload:alarmEmail': 'team+alarms@example.co.uk',
  'file-upload:provisionedConcurrency': '2',
  'file-upload:maxProvisionedConcurrency': '10',
  'file-upload:reservedConcurrency': '10',
  'file-upload:domainName': 'files.example.com',
  'file-upload:certificateArn': CERTIFICATE.replace('us-east-1', 'eu-central-1'),
};

test('takes what is configured', () => {
  expect(readSettings('prod', CONFIGURED)).toMatchObject({
    region: 'eu-central-1',
    protect: false,
    allowCredentials: true,
    logRetentionDays: 365,
    alarmEmail: 'team+alarms@example.co.uk',
    maxProvisionedConcurrency: 10,
  });
});

const TAKEN: [name: string, text: string, value: unknown][] = [
  ['publicRead', 'false', false],
  ['defaultVisibility', 'public', 'public'],
  ['allowedOrigins', '*', '*'],
  ['allowedOrigins', 'https://example.com,*', '*'],
  ['allowedOrigins', 'http://localhost:4200', 'http://localhost:4200'],
  [
    'allowedOrigins',
    'https://Example.com, http://A.example:80',
    'https://example.com,http://a.example',
  ],
  ['allowedOrigins', 'https://example.com:65535', 'https://example.com:65535'],
  ['allowedOrigins', 'capacitor://localhost', 'capacitor://localhost'],
  ['allowedOrigins', 'http://[::1]:4200', 'http://[::1]:4200'],
  ['maxFileBytes', '1', 1],
  ['maxFileBytes', '54975581388800', 50 * 1024 ** 4],
  ['allowedContentTypes', '*/*', '*/*'],
  ['allowedContentTypes', 'Image/png', 'Image/png'],
  ['allowedContentTypes', 'image/*, application/vnd.a+json', 'image/*, application/vnd.a+json'],
  ['deniedContentTypes', 'image/svg+xml', 'image/svg+xml'],
  ['uploadTokenSecret', 'x'.repeat(32), 'x'.repeat(32)],
  ...['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map(
    (level): [string, string, unknown] => ['logLevel', level, level],
  ),
];

test.each(TAKEN)('takes %s=%j as %j', (name, text, value) => {
  expect(readSettings('dev', { [`file-upload:${name}`]: text })).toHaveProperty(name, value);
});

test('the function starts with whatever is taken', () => {
  const configs = [
    {},
    CONFIGURED,
    ...TAKEN.map(([name, text]) => ({ [`file-upload:${name}`]: text })),
  ];
  const environments = configs.map((config) => ({
    BUCKET_NAME: 'files',
    METADATA_TABLE: 'files',
    PUBLIC_BASE_URL: 'https://files.example.com',
    ...variablesOf(readSettings('dev', config)),
  }));
  // In a process of its own: no part of the api belongs to the deployment.
  const script = `
    import { readFileSync } from 'node:fs';
    import { readConfig } from ${JSON.stringify(new URL('../../api/src/config.ts', import.meta.url))};
    const configs = JSON.parse(readFileSync(0, 'utf8')).map((environment) => readConfig(environment));
    console.log(JSON.stringify(configs.map(({ rules, cors }) => ({ ...rules, ...cors }))));`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    input: JSON.stringify(environments),
    encoding: 'utf8',
  });
  const read = JSON.parse(printed) as object[];
  expect(read).toHaveLength(configs.length);
  expect(read[1]).toMatchObject({
    types: { allowed: ['image/*', 'application/pdf'], denied: [] },
    origins: ['https://example.com', 'http://localhost:4200'],
    credentials: true,
  });
});

test('refuses a secret that is too short without telling it', () => {
  const refusal = refusalOf({ 'file-upload:uploadTokenSecret': 'swordfish' });
  expect(refusal).toContain('at least 32 characters');
  expect(refusal).not.toContain('swordfish');
});

test.each<[key: string, value: string, rule: string]>([
  ['aws:region', 'mars-north-1', 'AWS region'],
  ['aws:region', 'us-gov-west-1', 'AWS region'],
  ['aws:region', 'eusc-de-east-1', 'AWS region'],
  ['aws:region', '', 'AWS region'],
  ['file-upload:protect', 'perhaps', 'Whether'],
  ['file-upload:bucketName', 'Files', 'lower-case letters'],
  ['file-upload:bucketName', 'my.files', 'lower-case letters'],
  ['file-upload:bucketName', 'my_files', 'lower-case letters'],
  ['file-upload:bucketName', 'ab', '3 to 63'],
  ['file-upload:bucketName', 'a'.repeat(64), '3 to 63'],
  ['file-upload:bucketName', '-files', '3 to 63'],
  ['file-upload:bucketName', 'xn--files', '3 to 63'],
  ['file-upload:bucketName', 'files-s3alias', '3 to 63'],
  ['file-upload:publicRead', '2', 'Whether'],
  ['file-upload:defaultVisibility', 'Public', 'public or private'],
  ['file-upload:allowedOrigins', 'example.com', 'https://example.com'],
  ['file-upload:allowedOrigins', 'https://example.com/', 'https://example.com'],
  ['file-upload:allowedOrigins', 'https://*.example.com', 'https://example.com'],
  ['file-upload:allowedOrigins', 'http://999.999.999.999', 'https://example.com'],
  ['file-upload:allowedOrigins', 'https://a.example,b.example', 'It has "b.example", which is'],
  ['file-upload:allowedOrigins', 'https://example.com:65536', 'https://example.com'],
  ['file-upload:allowedOrigins', '', 'https://example.com'],
  ['file-upload:maxFileBytes', '0', 'in bytes'],
  ['file-upload:maxFileBytes', '1e99', 'in bytes'],
  ['file-upload:maxFileBytes', '5GB', 'in bytes'],
  ['file-upload:allowedContentTypes', 'images', 'image/*'],
  ['file-upload:allowedContentTypes', '', 'image/*'],
  ['file-upload:allowedContentTypes', '*/png', 'image/*'],
  ['file-upload:allowedContentTypes', 'image/*png', 'image/*'],
  ['file-upload:deniedContentTypes', 'image/p*', 'image/*'],
  ['file-upload:deniedContentTypes', 'image/png,,text/plain', 'It has "", which is neither'],
  ['file-upload:logRetentionDays', '-1', '1, 3, 5'],
  ['file-upload:logRetentionDays', '31', '1, 3, 5'],
  ['file-upload:logLevel', 'loud', 'debug'],
  ['file-upload:alarmEmail', 'team', 'team@example.com'],
  ['file-upload:alarmEmail', 'team@@example.com', 'team@example.com'],
  ['file-upload:alarmEmail', 'team@example.com, other@example.com', 'team@example.com'],
  ['file-upload:memoryMb', '128', '256'],
  ['file-upload:reservedConcurrency', '0', 'at once'],
  ['file-upload:provisionedConcurrency', '-3', 'kept started'],
  ['file-upload:requestsPerSecond', '0', '1 to 10000'],
  ['file-upload:requestBurst', '1.5', '1 to 5000'],
  ['file-upload:domainName', 'https://files.example.com', 'files.example.com'],
  ['file-upload:certificateArn', 'my-certificate', 'ARN'],
])('refuses %s=%j, with its rule', (key, value, rule) => {
  const message = refusalOf({ [key]: value });
  expect(message).toContain(`${key} cannot be ${JSON.stringify(value)}`);
  expect(message).toContain(rule);
});

test.each<[key: string, config: Record<string, string>]>([
  ['allowCredentials', { allowCredentials: 'true' }],
  ['allowCredentials', { allowCredentials: 'true', allowedOrigins: '*' }],
  ['allowCredentials', { allowCredentials: 'true', allowedOrigins: 'https://a.example, *' }],
  ['defaultVisibility', { defaultVisibility: 'public', publicRead: 'false' }],
  ['domainName', { domainName: 'files.example.com' }],
  ['certificateArn', { certificateArn: CERTIFICATE }],
  ['maxProvisionedConcurrency', { maxProvisionedConcurrency: '3' }],
  ['maxProvisionedConcurrency', { provisionedConcurrency: '4', maxProvisionedConcurrency: '3' }],
  ['reservedConcurrency', { provisionedConcurrency: '4', reservedConcurrency: '15' }],
])('refuses what contradicts: %s in %j', (key, config) => {
  const full = Object.entries(config).map(([name, value]) => [`file-upload:${name}`, value]);
  const message = refusalOf(Object.fromEntries(full) as Record<string, string>);
  expect(message).toMatch(new RegExp(`^file-upload:${key} cannot be`));
  expect(message.split('\n')).toHaveLength(1);
});

test('refuses a certificate of another region', () => {
  const config = {
    'aws:region': 'eu-central-1',
    'file-upload:domainName': 'files.example.com',
    'file-upload:certificateArn': CERTIFICATE,
  };
  expect(refusalOf(config)).toContain('same region as the API, eu-central-1');
});

test('refuses a key that it does not know, and names those that there are', () => {
  const message = refusalOf({ 'file-upload:alarmMail': 'team@example.com' });
  expect(message).toContain('file-upload:alarmMail is no key');
  expect(message).toContain('file-upload:alarmEmail');
});

test.each(['Dev', 'dev_1', '1dev', 'dev-', 'a'.repeat(21), ''])(
  'refuses a stack named %j',
  (stack) => {
    expect(refusalOf({}, stack)).toContain(`The stack's name ${JSON.stringify(stack)}`);
  },
);

test('says all that is wrong at once', () => {
  const message = refusalOf({
    'aws:region': 'mars-north-1',
    'file-upload:alarmEmail': 'team',
    'file-upload:nonsense': '1',
  });
  expect(
    message
      .split('\n')
      .map((line) => line.split(' ')[0])
      .sort(),
  ).toEqual(['aws:region', 'file-upload:alarmEmail', 'file-upload:nonsense']);
});
