import type { Resource, Topology } from '../engine/topology.ts';

/** A rule that every deployment keeps. Throws an Error that says how it is broken. */
export type Invariants = Record<string, (topology: Topology) => void | Promise<void>>;

/** What a resource was given or got, by a path such as `corsRules.0.allowedOrigins`, or its `id`. */
export function at(resource: Resource, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], {
      id: resource.id,
      ...resource.outputs,
    });
}

/** The same as text; empty where it is none. */
export function textAt(resource: Resource, path: string): string {
  const value = at(resource, path);
  return typeof value === 'string' ? value : '';
}

/** Every resource of a type, such as `aws:s3/bucket:Bucket`. */
export function allOf({ resources }: Topology, type: string): Resource[] {
  return resources.filter((resource) => resource.type === type);
}

/**
 * The one resource of a type that has these values, by path.
 *
 * @throws Error where there is none, or more than one
 */
export function theOne(
  topology: Topology,
  type: string,
  where: Record<string, unknown> = {},
): Resource {
  const found = allOf(topology, type).filter((resource) =>
    Object.entries(where).every(([path, value]) => at(resource, path) === value),
  );
  const [first] = found;
  if (first && found.length === 1) return first;
  throw new Error(
    `There are ${found.length} ${type} with ${JSON.stringify(where)}: one is needed.`,
  );
}
