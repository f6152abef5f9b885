import { ACTIONS_WITHOUT_RESOURCES } from '../../policy/actions-without-resources.ts';
import { CONTROLS, pageOf } from '../../policy/controls.ts';
import { EXCEPTIONS } from '../../policy/exceptions.ts';
import { grantsOf } from '../../policy/policy-document.ts';
import { runProgram } from '../engine/run-program.ts';
import { EVERYTHING } from '../invariants/index.ts';
import { BAD_RESOURCES } from './bad-resources/index.ts';
import { Draft } from './draft.ts';
import { breachesOf, RULES } from './evaluation.ts';
import { GOOD_RESOURCES } from './good-resources.ts';
import { POLICY_INVARIANTS } from './invariants.ts';

const [topology, preview] = await Promise.all([
  runProgram({ config: EVERYTHING }),
  runProgram({ config: EVERYTHING, preview: true }),
]);
const names = RULES.map(({ name }) => name);

describe.each(RULES.map(({ name, description }) => [name, description]))(
  '%s',
  (name, description) => {
    const holds = POLICY_INVARIANTS[name]!;

    test('holds of what is deployed, but for the exceptions', () => {
      // As a copy, so that what is caught below is not the copying.
      holds(new Draft(topology).topology);
      holds(preview);
    });

    test.each(Object.entries(BAD_RESOURCES[name] ?? {}))('catches %s', (_, spoil) => {
      const draft = new Draft(topology);
      spoil(draft);
      expect(() => holds(draft.topology)).toThrow(description);
    });
  },
);

test.each(
  Object.entries(GOOD_RESOURCES).flatMap(([rule, changes]) =>
    Object.entries(changes).map(([sentence, change]) => [rule, sentence, change] as const),
  ),
)('%s lets pass %s', (rule, _, change) => {
  const draft = new Draft(topology);
  change(draft);
  POLICY_INVARIANTS[rule]!(draft.topology);
});

test('every rule has a name of its own, and bad resources that it is shown to catch', () => {
  expect(new Set(names).size).toBe(names.length);
  const tried = Object.entries(BAD_RESOURCES).filter(([, cases]) => Object.keys(cases).length > 0);
  expect(tried.map(([name]) => name).sort()).toEqual([...names].sort());
});

test('every rule of a type looks at something that is deployed or tried', () => {
  const added = Object.values(BAD_RESOURCES).flatMap((cases) =>
    Object.values(cases).flatMap((spoil) => {
      const draft = new Draft(topology);
      spoil(draft);
      return draft.topology.resources;
    }),
  );
  const types = new Set(added.map(({ type }) => type));
  for (const rule of RULES) {
    if (!('types' in rule)) continue;
    for (const type of rule.types) expect([rule.name, types.has(type)]).toEqual([rule.name, true]);
  }
});

test('every exception is needed', () => {
  for (const { rule: name, type, name: pattern, reason } of EXCEPTIONS) {
    const rule = RULES.find((candidate) => candidate.name === name);
    const excepted = rule
      ? breachesOf(rule, topology).filter(
          ({ resource }) => resource.type === type && pattern.test(resource.name),
        )
      : [];
    expect({ name, needed: excepted.length > 0 }).toEqual({ name, needed: true });
    expect(reason).toMatch(/^[A-Z].{20,}\.$/);
  }
});

test('every action that may be allowed on "*" is', () => {
  const allowed = new Set(
    topology.resources
      .filter(({ type }) => type === 'aws:iam/rolePolicy:RolePolicy')
      .flatMap(({ inputs }) => grantsOf(inputs.policy))
      .filter(({ resources }) => resources.includes('*'))
      .flatMap(({ actions }) => actions),
  );
  expect([...allowed].sort()).toEqual(
    ACTIONS_WITHOUT_RESOURCES.map((action) => action.toLowerCase()).sort(),
  );
});

test('every control is checked by a rule, which says where AWS describes it', () => {
  const checked = new Set(RULES.flatMap(({ controls }) => controls));
  expect([...checked].sort()).toEqual(Object.keys(CONTROLS).sort());
  expect(pageOf('S3.8')).toBe(
    'https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-8',
  );
});

test('what cannot be known before the deployment breaks no rule', () => {
  const unknown = RULES.flatMap((rule) => breachesOf(rule, preview)).map(({ rule }) => rule);
  const known = RULES.flatMap((rule) => breachesOf(rule, topology)).map(({ rule }) => rule);
  expect(known).toEqual(expect.arrayContaining(unknown));
});
