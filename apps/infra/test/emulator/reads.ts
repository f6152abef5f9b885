/**
 * Inputs that remember what was read of them: what nobody reads is not applied. The SDK reads the
 * members that a command has, and no others.
 */
export function watchReads<Inputs extends object>(
  inputs: Inputs,
): { inputs: Inputs; unread: () => string[] } {
  const read = new Set<string>();
  const watch = <Part extends object>(part: Part, path: string): Part =>
    new Proxy(part, {
      get(target, key, receiver) {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return value;
        const inner = path + key;
        read.add(inner);
        return typeof value === 'object' && value !== null ? watch(value, `${inner}.`) : value;
      },
    });
  return {
    inputs: watch(inputs, ''),
    unread: () => leaves(inputs, '').filter((path) => !read.has(path)),
  };
}

/** The path of each value that has no parts, such as `rules.0.status`. */
function leaves(part: unknown, path: string): string[] {
  if (typeof part !== 'object' || part === null) return [path];
  return Object.entries(part).flatMap(([key, value]) =>
    leaves(value, path ? `${path}.${key}` : key),
  );
}
