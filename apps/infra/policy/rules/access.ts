import { ACTIONS_WITHOUT_RESOURCES } from '../actions-without-resources.ts';
import { covers, grantsOf, isForAnybody } from '../policy-document.ts';
import { resourceRule } from '../rule.ts';

const ROLE = 'aws:iam/role:Role';
const IDENTITY_POLICIES = ['aws:iam/rolePolicy:RolePolicy', 'aws:iam/policy:Policy'] as const;
const RESOURCE_POLICIES = [
  'aws:s3/bucketPolicy:BucketPolicy',
  'aws:sns/topicPolicy:TopicPolicy',
  'aws:sqs/queuePolicy:QueuePolicy',
] as const;

/**
 * What may be named by a wildcard: what is in a bucket, or in a log group, that is named. What comes
 * before the wildcard leaves no other bucket or log group to stand for.
 */
const WITHIN_NAMED = /^arn:aws:(s3:::[^/*?]+\/[^?]*|logs:[^:*?]+:\d+:log-group:[^:*?]+:)\*$/;
const EXEMPT = new Set(ACTIONS_WITHOUT_RESOURCES.map((action) => action.toLowerCase()));

/** Policies, of whatever they are. */
export const resourceRules = [
  resourceRule({
    name: 'iam-no-administrator',
    description: 'A policy does not allow every action.',
    controls: ['IAM.1'],
    types: [...IDENTITY_POLICIES, ...RESOURCE_POLICIES],
    check: ({ policy }) =>
      grantsOf(policy).some(({ actions }) => actions.includes('*')) ? 'It allows "*".' : undefined,
  }),
  resourceRule({
    name: 'iam-no-whole-service',
    description: 'A policy names the actions that it allows, not all of a service.',
    controls: ['IAM.21'],
    types: [...IDENTITY_POLICIES, ...RESOURCE_POLICIES],
    check: ({ policy }) => {
      const whole = grantsOf(policy)
        .flatMap(({ actions }) => actions)
        .filter((action) => /^[^:]+:\*+$/.test(action));
      return whole.length > 0 ? `It allows ${whole.join(', ')}.` : undefined;
    },
  }),
  resourceRule({
    name: 'iam-named-resources',
    description:
      'A policy names the resources that it is about, where the actions know any: a wildcard stands for the objects of a bucket or the streams of a log group.',
    types: IDENTITY_POLICIES,
    check: ({ policy }) => {
      const unnamed = grantsOf(policy).flatMap(({ actions, resources }) =>
        actions
          .filter((action) => !EXEMPT.has(action))
          .flatMap((action) => resources.filter(isUnnamed).map((arn) => `${action} on ${arn}`)),
      );
      return unnamed.length > 0 ? `It allows ${unnamed.join(', ')}.` : undefined;
    },
  }),
  resourceRule({
    name: 'iam-no-negation',
    description: 'A policy says what it allows, not what it leaves out.',
    types: [...IDENTITY_POLICIES, ...RESOURCE_POLICIES, 'aws:kms/key:Key'],
    check: ({ policy }) => {
      const negated = grantsOf(policy).flatMap((grant) => grant.negated);
      return negated.length > 0 ? `It allows by ${negated.join(', ')}.` : undefined;
    },
  }),
  resourceRule({
    name: 'iam-named-keys',
    description: 'A policy names the keys that it allows decryption with.',
    controls: ['KMS.1', 'KMS.2'],
    types: IDENTITY_POLICIES,
    check: ({ policy }) =>
      grantsOf(policy).some(
        (grant) =>
          ['kms:decrypt', 'kms:reencryptfrom'].some((action) => covers(grant, action)) &&
          grant.resources.some((resource) => /(^|[:/])\*$/.test(resource)),
      )
        ? 'It allows decryption with any key.'
        : undefined,
  }),
  resourceRule({
    name: 'iam-assumed-by-services',
    description: 'Roles are for services of AWS.',
    types: [ROLE],
    check: ({ assumeRolePolicy }) =>
      grantsOf(assumeRolePolicy).every(
        (grant) => !isForAnybody(grant) && grant.principals.every(({ kind }) => kind === 'Service'),
      )
        ? undefined
        : 'Others may assume it.',
  }),
  resourceRule({
    name: 'iam-own-policies',
    description: "Roles have this project's policies: AWS's own allow more than is needed.",
    types: [ROLE, 'aws:iam/rolePolicyAttachment:RolePolicyAttachment'],
    check: (props) => {
      const arns = 'policyArn' in props ? [props.policyArn] : undefined;
      const attached = arns ?? ('managedPolicyArns' in props ? props.managedPolicyArns : []);
      return attached?.some((arn) => arn?.startsWith('arn:aws:iam::aws:policy/'))
        ? 'It has a policy of AWS.'
        : undefined;
    },
  }),
];

function isUnnamed(resource: string): boolean {
  return /[*?]/.test(resource) && !WITHIN_NAMED.test(resource);
}
