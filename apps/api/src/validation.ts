import { Ajv, type Options, type ValidateFunction } from 'ajv';
import type { FastifySchema, FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { FORM } from './form-type.ts';

type Validate = ReturnType<FastifySchemaCompiler<FastifySchema>>;

/**
 * Validates requests by their schemas. What stands in a URL or a header is text, and becomes the
 * number that its schema asks for; JSON has types of its own, and is taken by its word. Nothing is
 * dropped silently. The form is validated as it streams by, not here.
 *
 * The Lambda has other code in the place of this file: see `precompiled-validators.ts`.
 *
 * @param components what the schemas refer to by `$id`
 */
export function createValidatorCompiler(
  components: readonly TSchema[],
): FastifySchemaCompiler<FastifySchema> {
  const strict = createAjv(components, 'body');
  const coercing = createAjv(components, 'querystring');
  return ({ schema, httpPart, contentType }) => {
    if (contentType === FORM) return () => true;
    return lazily(() => (httpPart === 'body' ? strict : coercing).compile(schema));
  };
}

/** The Ajv that validates one part of requests. */
export function createAjv(
  components: readonly object[],
  httpPart: string | undefined,
  options: Options = {},
): Ajv {
  return new Ajv({
    useDefaults: true,
    schemas: [...components],
    validateFormats: false,
    // The schemas are ours, and checked where the contract is.
    meta: false,
    validateSchema: false,
    coerceTypes: httpPart !== 'body',
    ...options,
  });
}

/** Compiles at the first use: a process that has just started answers one route, not all of them. */
function lazily(compile: () => ValidateFunction): Validate {
  let compiled: ValidateFunction | undefined;
  return (data: unknown) => {
    compiled ??= compile();
    return compiled(data) ? true : { error: compiled.errors ?? [] };
  };
}
