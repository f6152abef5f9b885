import { CONTROLS, pageOf, type ControlId } from './controls.ts';
import type { AwsType, PropsOf } from './aws-types.ts';

/** A resource as a rule sees it: what Pulumi's engine tells a policy pack, and no more. */
export interface Subject {
  type: string;
  name: string;
  urn: string;
  /** Its inputs before it is made, with its outputs afterwards. Reading what is not known throws. */
  props: Record<string, unknown>;
  /** Whether Pulumi refuses to delete it. */
  protect: boolean;
}

/** A resource among those of its stack. */
export interface Member extends Subject {
  /** URNs of what it is made after. */
  dependencies: string[];
  /** URNs that each property was computed from, which are known in a preview too. */
  propertyDependencies: Record<string, string[]>;
  /** The settings of its provider; none if it is the default one. */
  provider?: Record<string, unknown>;
}

export interface Violation {
  resource: Member;
  message: string;
}

interface Rule {
  name: string;
  /** What has to be, as a sentence. */
  description: string;
  /** The controls of AWS Security Hub that it checks. */
  controls: readonly ControlId[];
}

/** A rule that a resource keeps or breaks by itself. */
export interface ResourceRule extends Rule {
  types: readonly string[];
  /** Answers what is wrong, if anything is. */
  check(resource: Subject): string | undefined;
}

/** A rule about what resources have to do with each other. */
export interface StackRule extends Rule {
  check(stack: Member[]): Violation[];
}

/** Makes a rule for resources of some types, whose `check` knows what they are made of. */
export function resourceRule<T extends AwsType>(rule: {
  name: string;
  description: string;
  controls?: readonly ControlId[];
  types: readonly T[];
  check: (props: PropsOf<T>, resource: Subject) => string | undefined;
}): ResourceRule {
  return {
    controls: [],
    ...rule,
    check: (resource) => rule.check(resource.props as PropsOf<T>, resource),
  };
}

/** Makes a rule that holds for each resource of one type, given the others. */
export function stackRule<T extends AwsType>(rule: {
  name: string;
  description: string;
  controls?: readonly ControlId[];
  type: T;
  check: (resource: Member, stack: Member[]) => string | undefined;
}): StackRule {
  return {
    controls: [],
    ...rule,
    check: (stack) =>
      stack.flatMap((resource) => {
        const message = resource.type === rule.type ? rule.check(resource, stack) : undefined;
        return message ? [{ resource, message }] : [];
      }),
  };
}

/** The resources of a type that name another one in a property, with what they are made of. */
export function referrersOf<T extends AwsType>(
  stack: Member[],
  type: T,
  property: keyof PropsOf<T> & string,
  referenced: Member,
): (Member & { props: PropsOf<T> })[] {
  return stack.filter(
    (member): member is Member & { props: PropsOf<T> } =>
      member.type === type &&
      (member.propertyDependencies[property] ?? []).includes(referenced.urn),
  );
}

/** The resources of a type that a property of another one names. */
export function referencedBy<T extends AwsType>(
  stack: Member[],
  type: T,
  property: string,
  referrer: Member,
): (Member & { props: PropsOf<T> })[] {
  const referenced = referrer.propertyDependencies[property] ?? [];
  return stack.filter(
    (member): member is Member & { props: PropsOf<T> } =>
      member.type === type && referenced.includes(member.urn),
  );
}

/** Whether a property is given; in a preview its value may not be known. */
export function isGiven<T extends object>(props: T | undefined, property: keyof T): boolean {
  return props !== undefined && property in props;
}

/** What a rule says, and which controls it checks. */
export function describe({ description, controls }: Rule): string {
  const checked = controls.map(
    (id) => `${id} "${CONTROLS[id].title}" (${CONTROLS[id].standard}): ${pageOf(id)}`,
  );
  return [description, ...checked].join('\n');
}
