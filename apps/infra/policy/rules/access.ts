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

/** What says for which of its callers a service uses a grant. */
const CALLER_KEYS = [
  'aws:sourceaccount',
  'aws:sourcearn',
  // What CloudWatch Logs encrypts for; it tells KMS no source.
  'kms:encryptioncontext:aws:logs:arn',
];
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
    description: 'A policy names the resources that it is about, where the actions know any.',
    types: IDENTITY_POLICIES,
    check: ({ policy }) => {
      const anywhere = grantsOf(policy)
        .filter(({ resources }) => resources.some((resource) => /^(arn:)?[*:]*$/.test(resource)))
        .flatMap(({ actions }) => actions.filter((action) => !EXEMPT.has(action)));
      return anywhere.length > 0 ? `It allows ${anywhere.join(', ')} on "*".` : undefined;
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
  resourceRule({
    name: 'services-for-this-account',
    description:
      'What lets in a service says for which account or resource, so that nobody can send it: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html',
    types: [ROLE, 'aws:kms/key:Key', ...RESOURCE_POLICIES],
    check: (props) =>
      grantsOf('assumeRolePolicy' in props ? props.assumeRolePolicy : policyOf(props))
        .filter(({ principals }) => principals.some(({ kind }) => kind === 'Service'))
        .every(({ conditions }) =>
          conditions.some(
            ({ operator, key, values }) =>
              /^(String|Arn)(Equals|Like)$/.test(operator) &&
              CALLER_KEYS.includes(key) &&
              values.every((value) => /\d{12}|^arn:aws:s3:::/.test(value)),
          ),
        )
        ? undefined
        : 'A service is let in for whoever uses it.',
  }),
];

function policyOf(props: object): unknown {
  return 'policy' in props ? props.policy : undefined;
}
