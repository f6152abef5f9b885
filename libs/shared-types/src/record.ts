import * as Type from 'typebox';
import type { Static, TSchema } from 'typebox';

/**
 * An object whose members, by whatever name, all have one schema. It is what `Type.Record` makes of
 * text; with that, the half of TypeBox which computes types would be loaded at each start.
 */
export function recordOf<T extends TSchema>(member: T, options: { description: string }) {
  return Type.Unsafe<Record<string, Static<T>>>({
    type: 'object',
    ...options,
    additionalProperties: member,
  });
}
