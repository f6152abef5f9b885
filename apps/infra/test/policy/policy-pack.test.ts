import { describe as describeRule } from '../../policy/rule.ts';
import { runProgram } from '../engine/run-program.ts';
import { EVERYTHING } from '../invariants/index.ts';
import { PolicyPack } from './analyzer.ts';
import { BAD_RESOURCES } from './bad-resources/index.ts';
import { Draft } from './draft.ts';
import { RULES, violationsOf } from './evaluation.ts';

const [topology, plain, preview, pack] = await Promise.all([
  runProgram({ config: EVERYTHING }),
  runProgram(),
  runProgram({ preview: true }),
  PolicyPack.start(),
]);
afterAll(() => pack[Symbol.asyncDispose]());

test('tells Pulumi of every rule, and where it comes from', async () => {
  const { name, policies } = await pack.info();
  expect(name).toBe('file-upload');
  expect(policies.map((policy) => [policy.name, policy.description])).toEqual(
    RULES.map((rule) => [rule.name, describeRule(rule)]),
  );
  const publicAccess = policies.find((policy) => policy.name === 's3-public-access-block');
  expect(publicAccess?.url).toMatch(/s3-controls\.html#s3-8$/);
  expect(publicAccess?.description).toContain('S3.8');
});

test.each(Object.entries({ 'every option': topology, 'no options': plain }))(
  'lets a stack with %s be deployed',
  async (_, deployed) => {
    expect(await pack.analyze(deployed)).toEqual([]);
  },
);

test('lets a preview pass, and says what it cannot know', async () => {
  const diagnostics = await pack.analyze(preview);
  expect(diagnostics.filter(({ mandatory }) => mandatory)).toEqual([]);
  expect(diagnostics.length).toBeGreaterThan(0);
  for (const { message } of diagnostics) expect(message).toMatch(/can't be known during preview/);
});

// That its rules catch every bad resource is shown in this process, and much faster (rules.test.ts).
test.each(
  Object.entries(BAD_RESOURCES).map(
    ([rule, cases]) => [rule, ...Object.entries(cases)[0]!] as const,
  ),
)('stops the deployment by %s for %s', async (rule, _, spoil) => {
  const draft = new Draft(topology);
  spoil(draft);
  const stopped = (await pack.analyze(draft.topology)).filter(({ mandatory }) => mandatory);
  const expected = RULES.flatMap((each) => violationsOf(each, draft.topology));
  expect(stopped.map(({ policy, urn }) => `${policy} ${urn}`).sort()).toEqual(
    expected.map((violation) => `${violation.rule} ${violation.resource.urn}`).sort(),
  );
  expect(stopped.map(({ policy }) => policy)).toContain(rule);
});

test('leaves out a rule that its user switches off', async () => {
  const draft = new Draft(topology);
  draft.set('kms.Key', { enableKeyRotation: false });
  await pack.switchOff(['kms-rotation']);
  expect(await pack.analyze(draft.topology)).toEqual([]);
  await pack.switchOff([]);
  expect(await pack.analyze(draft.topology)).toMatchObject([{ policy: 'kms-rotation' }]);
});
