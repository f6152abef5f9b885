import { CreateFileForm } from '@file-upload/shared-types';
import { Ajv, type ValidateFunction } from 'ajv';
import type { FastifySchema, FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';

/**
 * Validates requests by their schemas. What stands in a URL or a header is text, and becomes the
 * number that its schema asks for; JSON has types of its own, and is taken by its word. Nothing is
 * dropped silently. The form is validated as it streams by, not here.
 *
 * @param components what the schemas refer to by `$id`
 */
export function createValidatorCompiler(
  components: readonly TSchema[],
): FastifySchemaCompiler<FastifySchema> {
  const options = {
    useDefaults: true,
    schemas: [...components],
    validateFormats: false,
    // The schemas are ours, and checked where the contract is.
    meta: false,
    validateSchema: false,
  };
  const strict = new Ajv(options);
  const coercing = new Ajv({ ...options, coerceTypes: true });
  return ({ schema, httpPart }) => {
    if (schema === CreateFileForm) return () => true;
    return lazily(() => (httpPart === 'body' ? strict : coercing).compile(schema));
  };
}

/** Compiles at the first use: a Lambda that has just started answers one route, not all of them. */
function lazily(compile: () => ValidateFunction): ReturnType<FastifySchemaCompiler<FastifySchema>> {
  let compiled: ValidateFunction | undefined;
  return (data: unknown) => {
    compiled ??= compile();
    return compiled(data) ? true : { error: compiled.errors ?? [] };
  };
}
