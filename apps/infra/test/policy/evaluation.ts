import { exceptionFor } from '../../policy/exceptions.ts';
import type { Member, ResourceRule, StackRule, Violation } from '../../policy/rule.ts';
import { RESOURCE_RULES, STACK_RULES } from '../../policy/rules/index.ts';
import { UNKNOWN, type Resource, type Topology } from '../engine/topology.ts';

export const RULES: readonly (ResourceRule | StackRule)[] = [...RESOURCE_RULES, ...STACK_RULES];

/** A rule that a resource breaks, whether or not that is accepted. */
export interface Breach extends Violation {
  rule: string;
}

/** What breaks a rule in this process; in a preview, as far as is known. */
export function breachesOf(rule: ResourceRule | StackRule, topology: Topology): Breach[] {
  return known(() =>
    'types' in rule
      ? members(topology, 'inputs')
          .filter(({ type }) => rule.types.includes(type))
          .flatMap((resource) =>
            known(() => {
              const message = rule.check(resource);
              return message ? [{ resource, message }] : [];
            }),
          )
      : rule.check(members(topology, 'outputs')),
  ).map((violation) => ({ ...violation, rule: rule.name }));
}

/** What breaks a rule and is not accepted. */
export function violationsOf(rule: ResourceRule | StackRule, topology: Topology): Breach[] {
  return breachesOf(rule, topology).filter(({ resource }) => !exceptionFor(rule, resource));
}

/** The provider of a resource, if it is an explicit one. */
export function providerOf({ resources }: Topology, { options }: Resource): Resource | undefined {
  const urn = options.provider.slice(0, options.provider.lastIndexOf('::'));
  return resources.find((resource) => resource.urn === urn);
}

function members(topology: Topology, state: 'inputs' | 'outputs'): Member[] {
  return topology.resources.map((resource) => {
    const { type, name, urn, options, dependencies, propertyDependencies } = resource;
    const provider = providerOf(topology, resource);
    return {
      type,
      name,
      urn,
      props: guarded(resource[state]),
      protect: options.protect,
      dependencies,
      propertyDependencies,
      ...(provider && { provider: guarded(provider.inputs) }),
    };
  });
}

class UnknownValue extends Error {}

/** Throws where something is read that is not known, as the policy packs of Pulumi do. */
function guarded<T extends object>(value: T): T {
  return new Proxy(value, {
    get(target, key) {
      const field: unknown = Reflect.get(target, key);
      if (field === UNKNOWN) throw new UnknownValue(`${String(key)} is not known`);
      return typeof field === 'object' && field !== null ? guarded(field) : field;
    },
  });
}

function known<T>(decide: () => T[]): T[] {
  try {
    return decide();
  } catch (error) {
    if (error instanceof UnknownValue) return [];
    throw error;
  }
}
