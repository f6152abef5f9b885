import type { EnvKey } from '@file-upload/shared-types';
import type { SettingName, Settings } from './settings.ts';

/** The settings that the function is given, by the variables that it reads them from. */
export const VARIABLES = {
  PUBLIC_READ: 'publicRead',
  DEFAULT_VISIBILITY: 'defaultVisibility',
  ALLOWED_ORIGINS: 'allowedOrigins',
  ALLOW_CREDENTIALS: 'allowCredentials',
  MAX_FILE_BYTES: 'maxFileBytes',
  ALLOWED_CONTENT_TYPES: 'allowedContentTypes',
  DENIED_CONTENT_TYPES: 'deniedContentTypes',
  UPLOAD_TOKEN_SECRET: 'uploadTokenSecret',
  LOG_LEVEL: 'logLevel',
} as const satisfies Partial<Record<EnvKey, SettingName>>;

/** What the function is given of the settings: text, as variables are. */
export function variablesOf(settings: Settings): Partial<Record<EnvKey, string>> {
  const given = Object.entries(VARIABLES).flatMap(([key, name]) => {
    const value = settings[name];
    return value === undefined ? [] : [[key, String(value)] as const];
  });
  return Object.fromEntries(given);
}
