import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Loads Node's own modules with `require`. An `import` of one reads all of its exports, and those
 * of `node:http` load a whole HTTP client and the workers that it can use: a tenth of a start.
 */
export const requiredBuiltins: Plugin = {
  name: 'required builtins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path, kind, namespace }) =>
      kind.endsWith('-call') || namespace === 'builtin' || !isBuiltin(path)
        ? undefined
        : { path, namespace: 'builtin' },
    );
    build.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};
