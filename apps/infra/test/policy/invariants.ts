import type { Topology } from '../engine/topology.ts';
import { RULES, violationsOf } from './evaluation.ts';

/** Each rule of the policy pack, which throws when a topology breaks it and that is not accepted. */
export const POLICY_INVARIANTS: Record<string, (topology: Topology) => void> = Object.fromEntries(
  RULES.map((rule) => [
    rule.name,
    (topology) => {
      const violations = violationsOf(rule, topology).map(
        ({ resource, message }) => `${resource.type} ${resource.name}: ${message}`,
      );
      if (violations.length > 0) throw new Error([rule.description, ...violations].join('\n'));
    },
  ]),
);
