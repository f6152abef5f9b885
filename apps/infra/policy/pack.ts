import {
  PolicyPack,
  type PolicyResource,
  type ReportViolation,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from '@pulumi/policy';
import { pageOf } from './controls.ts';
import { exceptionFor } from './exceptions.ts';
import { describe, type Member, type ResourceRule, type StackRule, type Subject } from './rule.ts';
import { RESOURCE_RULES, STACK_RULES } from './rules/index.ts';

new PolicyPack('file-upload', {
  enforcementLevel: 'mandatory',
  policies: [...RESOURCE_RULES.map(resourcePolicy), ...STACK_RULES.map(stackPolicy)],
});

function resourcePolicy(rule: ResourceRule): ResourceValidationPolicy {
  return {
    ...metadata(rule),
    validateResource(args, report) {
      if (!rule.types.includes(args.type)) return;
      const resource = subject(args);
      const message = exceptionFor(rule, resource) ? undefined : rule.check(resource);
      if (message) report(message);
    },
  };
}

function stackPolicy(rule: StackRule): StackValidationPolicy {
  return {
    ...metadata(rule),
    validateStack({ resources }, report: ReportViolation) {
      for (const { resource, message } of rule.check(resources.map(member))) {
        if (!exceptionFor(rule, resource)) report(message, resource.urn);
      }
    },
  };
}

function metadata(rule: ResourceRule | StackRule) {
  const [control] = rule.controls;
  return {
    name: rule.name,
    description: describe(rule),
    ...(control && { url: pageOf(control) }),
  };
}

function subject({ type, name, urn, props, opts }: ResourceValidationArgs | PolicyResource) {
  return { type, name, urn, props, protect: opts.protect } satisfies Subject;
}

function member(resource: PolicyResource): Member {
  return {
    ...subject(resource),
    dependencies: resource.dependencies.map(({ urn }) => urn),
    propertyDependencies: Object.fromEntries(
      Object.entries(resource.propertyDependencies).map(([property, on]) => [
        property,
        on.map(({ urn }) => urn),
      ]),
    ),
    ...(resource.provider && { provider: resource.provider.props }),
  };
}
