import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

const PROVIDERS = '@aws-sdk/credential-provider-node';

/**
 * Leaves of the SDK's providers of credentials only the one that reads the environment, where Lambda
 * puts them. The others are 100 KB which are never run, and are the reason for most of the chunks
 * that a start would have to load one by one. So the bundle takes no profile, and would have none where
 * Lambda gives another kind, as it does to SnapStart, which Node.js does not have.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export const environmentCredentials: Plugin = {
  name: 'environment credentials',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${PROVIDERS}$`) }, ({ path }) => ({
      path,
      namespace: 'credentials',
    }));
    build.onLoad({ filter: /./, namespace: 'credentials' }, () => ({
      contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
      resolveDir: dirname(createRequire(import.meta.url).resolve(PROVIDERS)),
    }));
  },
};
