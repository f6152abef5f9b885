import { LIMITS } from '@file-upload/shared-types';
import { EVERY_FILE } from '@file-upload/workflow';
import { buildApp, type AppOptions } from './src/app.ts';
import { createStores } from './src/stores.ts';

/** The app with nothing behind it: all that it can be asked for is what its routes are. */
export async function outlineApp(observer?: AppOptions['observer']) {
  const app = await buildApp({
    ...createStores({ region: 'us-east-1', bucket: 'none', table: 'none' }),
    logger: false,
    settings: {
      baseUrl: () => '',
      defaultVisibility: 'private',
      maxInlineBytes: LIMITS.serverInlineBytes,
      rules: EVERY_FILE,
      cors: { origins: '*', credentials: false },
      docsFolder: '',
      pageFolder: '',
      slowBodyMs: LIMITS.slowBodyMs,
    },
    ...(observer && { observer }),
  });
  await app.ready();
  return app;
}
