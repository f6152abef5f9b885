import { Env } from '@file-upload/shared-types';

/** What `--help` prints: every variable that the server reads, with its default and its meaning. */
export function serverUsage(): string {
  const settings = Object.entries(Env.properties).flatMap(([name, schema]) => {
    const { default: byDefault = '', description = '' } = schema as {
      default?: unknown;
      description?: string;
    };
    return [`  ${name}=${String(byDefault)}`, `      ${description}`];
  });
  return [
    'Serves the API, its upload page at / and its reference at /docs, until Ctrl-C.',
    '',
    '  npm start',
    '',
    'The environment has its settings. They and their defaults are:',
    '',
    ...settings,
    '',
    'Without BUCKET_NAME and METADATA_TABLE all files stay on this machine, under DATA_DIR.',
  ].join('\n');
}
