import { readFile } from 'node:fs/promises';
import { Env } from '@file-upload/shared-types';
import { ConfigError, readConfig } from './config.ts';

test('has defaults for a laptop', () => {
  expect(readConfig({})).toEqual({
    port: 3000,
    host: '127.0.0.1',
    s3Port: 9000,
    dataDir: '.data',
    publicBaseUrl: undefined,
    aws: undefined,
    defaultVisibility: 'private',
    maxInlineBytes: 5 * 1024 ** 3,
    rules: { types: { allowed: [], denied: [] }, maxFileBytes: 50 * 1024 ** 4, publicRead: true },
    cors: { origins: '*', credentials: false },
    logLevel: 'info',
  });
});

test('takes an empty variable as one that is not set', () => {
  expect(readConfig({ PORT: '', BUCKET_NAME: '' })).toEqual(readConfig({}));
});

test('uses AWS where bucket and table are named, at the endpoint of each', () => {
  const config = readConfig({
    BUCKET_NAME: 'files',
    METADATA_TABLE: 'rows',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: 'http://localhost:1',
    AWS_ENDPOINT_URL_S3: 'http://localhost:2',
  });
  expect(config.aws).toEqual({
    bucket: 'files',
    table: 'rows',
    region: 'eu-west-1',
    s3Endpoint: 'http://localhost:2',
    dynamodbEndpoint: 'http://localhost:1',
  });
});

test('takes the slashes off the end of the public URL', () => {
  expect(readConfig({ PUBLIC_BASE_URL: 'https://a.example/files/' }).publicBaseUrl).toBe(
    'https://a.example/files',
  );
});

test('takes rules for files', () => {
  const { rules } = readConfig({
    ALLOWED_CONTENT_TYPES: 'image/*, application/pdf',
    DENIED_CONTENT_TYPES: 'image/svg+xml',
    MAX_FILE_BYTES: '1000',
  });
  expect(rules).toEqual({
    types: { allowed: ['image/*', 'application/pdf'], denied: ['image/svg+xml'] },
    maxFileBytes: 1000,
    publicRead: true,
  });
});

test('takes the origins of pages as browsers send them', () => {
  const ALLOWED_ORIGINS =
    'https://Example.com, http://localhost:4200,https://a.example:443,capacitor://localhost,http://[::1]:80';
  expect(readConfig({ ALLOWED_ORIGINS, ALLOW_CREDENTIALS: 'true' }).cors).toEqual({
    origins: [
      'https://example.com',
      'http://localhost:4200',
      'https://a.example',
      'capacitor://localhost',
      'http://[::1]',
    ],
    credentials: true,
  });
});

test('takes * beside other origins as what it means', () => {
  const ALLOWED_ORIGINS = 'https://a.example,*';
  expect(readConfig({ ALLOWED_ORIGINS }).cors).toEqual({ origins: '*', credentials: false });
});

test.each(['*', 'https://a.example,*', ''])(
  'refuses credentials where ALLOWED_ORIGINS is "%s"',
  (ALLOWED_ORIGINS) => {
    const environment = { ALLOWED_ORIGINS, ALLOW_CREDENTIALS: 'true' };
    expect(() => readConfig(environment)).toThrow(ConfigError);
    expect(() => readConfig(environment)).toThrow(
      /^ALLOW_CREDENTIALS="true" cannot be used: .* where ALLOWED_ORIGINS has \*/,
    );
  },
);

test('refuses public files by default where nobody may read them', () => {
  const environment = { DEFAULT_VISIBILITY: 'public', PUBLIC_READ: 'false' };
  expect(() => readConfig(environment)).toThrow(ConfigError);
  expect(() => readConfig(environment)).toThrow(
    /^DEFAULT_VISIBILITY="public" cannot be used: .* where PUBLIC_READ is false/,
  );
  expect(readConfig({ PUBLIC_READ: 'false' }).rules.publicRead).toBe(false);
  expect(readConfig({ DEFAULT_VISIBILITY: 'public' }).defaultVisibility).toBe('public');
});

test.each([
  ['PORT', 'http'],
  ['ALLOWED_CONTENT_TYPES', 'png'],
  ['ALLOWED_CONTENT_TYPES', 'image/*;application/pdf'],
  ['DENIED_CONTENT_TYPES', 'image/png,'],
  ['ALLOWED_CONTENT_TYPES', '*'],
  ['ALLOWED_CONTENT_TYPES', '*/png'],
  ['ALLOWED_CONTENT_TYPES', 'image/p*'],
  ['ALLOWED_CONTENT_TYPES', 'image/*,,text/*'],
  ['ALLOWED_CONTENT_TYPES', 'text/plain; charset=utf-8'],
  ['MAX_FILE_BYTES', '0'],
  ['MAX_FILE_BYTES', '1 TB'],
  ['ALLOWED_ORIGINS', 'example.com'],
  ['ALLOWED_ORIGINS', 'https://example.com/'],
  ['ALLOWED_ORIGINS', 'https://*.example.com'],
  ['ALLOWED_ORIGINS', 'https://a.example,,https://b.example'],
  ['ALLOWED_ORIGINS', 'https://a.example;https://b.example'],
  ['ALLOWED_ORIGINS', 'https://a.example:99999'],
  ['ALLOWED_ORIGINS', 'null'],
  ['ALLOW_CREDENTIALS', 'yes'],
  ['PUBLIC_READ', '0'],
  ['PORT', '3000.5'],
  ['PORT', '65536'],
  ['S3_PORT', '-1'],
  ['PUBLIC_BASE_URL', 'a.example'],
  ['DEFAULT_VISIBILITY', 'all'],
  ['MAX_INLINE_BYTES', '5 GiB'],
  ['MAX_INLINE_BYTES', '0'],
  ['LOG_LEVEL', 'loud'],
])('refuses %s=%s by name', (key, value) => {
  expect(() => readConfig({ [key]: value })).toThrow(ConfigError);
  expect(() => readConfig({ [key]: value })).toThrow(`${key}="${value}" cannot be used`);
});

test.each(['', 'too short'])('refuses %j for a secret, and does not show it', (secret) => {
  expect(() => readConfig({ UPLOAD_TOKEN_SECRET: secret })).toThrow(ConfigError);
  expect(() => readConfig({ UPLOAD_TOKEN_SECRET: secret })).toThrow(
    /^UPLOAD_TOKEN_SECRET cannot be used: it must not have fewer than 32 characters/,
  );
});

test('names, in one line, the media type that is none', () => {
  const DENIED_CONTENT_TYPES = `image/*, \n${'a/b,'.repeat(10)}png`;
  const line = /^DENIED_CONTENT_TYPES=.* cannot be used: it has "png", which is neither .*$/;
  expect(() => readConfig({ DENIED_CONTENT_TYPES })).toThrow(line);
});

test.each([
  '*/*',
  'IMAGE/*',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'image/svg+xml',
])('takes the pattern %s', (pattern) => {
  const { types } = readConfig({ ALLOWED_CONTENT_TYPES: pattern }).rules;
  expect(types).toEqual({ allowed: [pattern], denied: [] });
});

test.each([
  ['BUCKET_NAME', 'METADATA_TABLE'],
  ['METADATA_TABLE', 'BUCKET_NAME'],
])('refuses %s without %s', (key, missing) => {
  expect(() => readConfig({ [key]: 'files' })).toThrow(`${key} is set and ${missing} is not`);
});

test('the README tells of every variable and its default', async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  for (const [key, schema] of Object.entries(Env.properties)) {
    const row = readme
      .split('\n')
      .find((line) => line.startsWith('|') && line.includes(`\`${key}\``));
    expect([key, row]).toEqual([key, expect.any(String)]);
    const { default: value } = schema as { default?: string | number };
    if (value !== undefined) expect(row).toContain(`\`${String(value)}\``);
  }
});
