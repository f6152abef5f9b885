import { CreateFileForm } from '@file-upload/shared-types';
import { Ajv } from 'ajv';
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
  const options = { useDefaults: true, schemas: [...components], validateFormats: false };
  const strict = new Ajv(options);
  const coercing = new Ajv({ ...options, coerceTypes: true });
  return ({ schema, httpPart }) => {
    if (schema === CreateFileForm) return () => true;
    return (httpPart === 'body' ? strict : coercing).compile(schema);
  };
}
