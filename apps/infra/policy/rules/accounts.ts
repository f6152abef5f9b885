import { grantsOf, type Statement } from '../policy-document.ts';
import { resourceRule, type Member, type StackRule } from '../rule.ts';

const ROLE = 'aws:iam/role:Role';
const KEY = 'aws:kms/key:Key';
const POLICIES = [
  'aws:s3/bucketPolicy:BucketPolicy',
  'aws:sns/topicPolicy:TopicPolicy',
  'aws:sqs/queuePolicy:QueuePolicy',
] as const;
const TYPES = [ROLE, KEY, ...POLICIES] as const;

/** What says for which of its callers a service uses a grant. */
const CALLER_KEYS = [
  'aws:sourceaccount',
  'aws:sourcearn',
  // What CloudWatch Logs encrypts for; it tells KMS no source.
  'kms:encryptioncontext:aws:logs:arn',
];

/** For which accounts policies let somebody in. */
export const resourceRules = [
  resourceRule({
    name: 'services-for-an-account',
    description:
      'What lets in a service says for which account, so that nobody can send it: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html',
    types: TYPES,
    check: (props) =>
      grantsTo(props)
        .filter(isForService)
        .every((grant) => callingAccounts(grant).length > 0)
        ? undefined
        : 'A service is let in for whoever uses it.',
  }),
];

export const stackRules: StackRule[] = [
  {
    name: 'one-account',
    description: "No account but the one that the key's policy names is let in, or acted for.",
    controls: [],
    check: (stack) => {
      const own = ownAccount(stack);
      const isOwn = (account: string | undefined) => account !== undefined && account === own;
      return stack
        .filter(({ type }) => (TYPES as readonly string[]).includes(type))
        .filter(({ props }) =>
          grantsTo(props).some(
            (grant) => !accountsNamedIn(grant).every(isOwn) || !callingAccounts(grant).every(isOwn),
          ),
        )
        .map((resource) => ({ resource, message: 'It is for another account.' }));
    },
  },
];

function grantsTo(props: object): Statement[] {
  if ('assumeRolePolicy' in props) return grantsOf(props.assumeRolePolicy);
  return grantsOf('policy' in props ? props.policy : undefined);
}

function isForService({ principals }: Statement): boolean {
  return principals.some(({ kind }) => kind === 'Service');
}

/** The account that the policies of a stack's keys name; none if they name several. */
function ownAccount(stack: Member[]): string | undefined {
  const named = stack
    .filter(({ type }) => type === KEY)
    .flatMap(({ props }) => grantsTo(props).flatMap(accountsNamedIn));
  return new Set(named).size === 1 ? named[0] : undefined;
}

/** The accounts of whom a grant lets in by name; undefined for who is of none. */
function accountsNamedIn({ principals }: Statement): (string | undefined)[] {
  return principals
    .filter(({ kind, value }) => kind !== 'Service' && value !== '*')
    .map(({ value }) => accountIn(value));
}

/** The accounts for which a grant lets in services; none where it is for any account. */
function callingAccounts({ conditions }: Statement): string[] {
  return conditions
    .filter(
      ({ operator, key }) =>
        /^(String|Arn)(Equals|Like)$/.test(operator) && CALLER_KEYS.includes(key),
    )
    .flatMap(({ values }) => {
      const accounts = values.map(accountIn);
      return accounts.every((account) => account !== undefined) ? accounts : [];
    });
}

/** The account that is given, or whose an ARN is; a wildcard before it could stand for another. */
function accountIn(value: string): string | undefined {
  return /^(?:arn:aws:[a-z0-9-]+:[a-z0-9-]*:)?(\d{12})(?::|$)/.exec(value)?.[1];
}
