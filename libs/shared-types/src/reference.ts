import * as Type from 'typebox';
import type { Static, TSchema } from 'typebox';

/**
 * A reference to a schema that the api registers under its `$id`, with the schema's own type. It
 * makes one named component in the contract of what would be many copies.
 *
 * @throws Error where the schema has no `$id`
 */
export function reference<T extends TSchema>(schema: T) {
  const { $id } = schema as { $id?: string };
  if (!$id) throw new Error('Only a schema with an $id can be referred to.');
  return Type.Unsafe<Static<T>>({ $ref: `${$id}#` });
}
