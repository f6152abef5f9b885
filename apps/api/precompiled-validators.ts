import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import standalone from 'ajv/dist/standalone/index.js';
import type { Plugin } from 'esbuild';
import type { FastifyRouteSchemaDef } from 'fastify/types/schema.js';
import { outlineApp } from './app-outline.ts';
import { FORM } from './src/form-type.ts';
import { createAjv } from './src/validation.ts';

/**
 * Puts the validators of all routes into a bundle as code that Ajv wrote ahead, in the place of
 * `src/validation.ts` and Ajv itself: loading Ajv is a seventh of a Lambda's start, and compiling
 * with it most of what a first request takes. Each validator is loaded by the first request that
 * needs it.
 *
 * @see https://ajv.js.org/standalone.html
 */
export const precompiledValidators: Plugin = {
  name: 'precompiled validators',
  setup(build) {
    const resolveDir = join(import.meta.dirname, 'src');
    const routes = readRoutes();
    build.onLoad({ filter: /[\\/]apps[\\/]api[\\/]src[\\/]validation\.ts$/ }, async () => ({
      contents: compilerOf((await routes).parts),
      resolveDir,
    }));
    build.onResolve({ filter: /^validator-\d+$/ }, ({ path, importer }) =>
      importer.endsWith('validation.ts') ? { path, namespace: 'validator' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'validator' }, async ({ path }) => ({
      contents: validatorOf(await routes, Number(path.split('-')[1])),
      resolveDir,
    }));
  },
};

type RoutePart = FastifyRouteSchemaDef<object>;
type Part = RoutePart & { key: string };

interface Routes {
  parts: Part[];
  /** What the schemas refer to by `$id`. */
  components: object[];
}

/** Asks the service for the schemas of its requests, as Fastify gives them to a compiler. */
async function readRoutes(): Promise<Routes> {
  const parts: Part[] = [];
  const app = await outlineApp(async (instance) => {
    instance.setValidatorCompiler<object>((route) => {
      parts.push({ ...route, key: keyOf(route) });
      return () => true;
    });
  });
  const components = Object.values(app.getSchemas()) as object[];
  await app.close();
  return { parts, components };
}

/** The module in the place of `src/validation.ts`. */
function compilerOf(parts: readonly Part[]): string {
  // Many parts are alike, such as the id in a path, and share a validator.
  const first = (part: Part) => parts.findIndex((other) => isAlike(part, other));
  const loaders = parts
    .filter(({ contentType }) => contentType !== FORM)
    .map((part) => `${JSON.stringify(part.key)}: () => import('validator-${first(part)}'),`);
  return `
    const loaders = {
      ${loaders.join('\n')}
    };
    const keyOf = ${keyOf.toString()};
    export function createValidatorCompiler() {
      return (route) => {
        if (route.contentType === '${FORM}') return () => true;
        const load = loaders[keyOf(route)];
        if (!load) throw new Error('Built without a validator of ' + keyOf(route));
        let validate;
        return (data) => {
          if (validate) return validate(data) || { error: validate.errors };
          return load().then((loaded) => {
            validate = loaded.default;
            // Fastify takes what a promise is rejected with for the errors.
            if (!validate(data)) throw validate.errors;
          }).catch((error) => {
            // It would blame the client for any other, too.
            throw error instanceof Error ? Object.assign(error, { statusCode: 500 }) : error;
          });
        };
      };
    }`;
}

/** Whether one validator does for both. */
function isAlike(one: Part, other: Part): boolean {
  const isText = (part: Part) => part.httpPart !== 'body';
  return isText(one) === isText(other) && isDeepStrictEqual(one.schema, other.schema);
}

/** The module with one validator. */
function validatorOf({ parts, components }: Routes, index: number): string {
  const { schema, httpPart } = parts[index]!;
  const code = { source: true, esm: true };
  const ajv = createAjv(components, httpPart, { code });
  return standalone.default(ajv, ajv.compile(schema));
}

function keyOf({ method, url, httpPart, contentType = '' }: RoutePart): string {
  return [method, url, httpPart, contentType].join(' ');
}
