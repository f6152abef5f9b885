import { grantsOf, isForAnybody } from '../policy-document.ts';
import { resourceRule } from '../rule.ts';

const KEY = 'aws:kms/key:Key';
const ACCOUNT = /^arn:aws:iam::\d{12}:root$/;

/** Keys. Which account they and the services that use them are for is a rule of `accounts.ts`. */
export const resourceRules = [
  resourceRule({
    name: 'kms-rotation',
    description: 'AWS rotates a key every year.',
    controls: ['KMS.4'],
    types: [KEY],
    check: ({ enableKeyRotation }) => (enableKeyRotation ? undefined : 'It is not rotated.'),
  }),
  resourceRule({
    name: 'kms-not-public',
    description: 'A key has a policy, which lets in nobody in particular.',
    controls: ['KMS.5'],
    types: [KEY],
    check: ({ policy }) => {
      const grants = grantsOf(policy);
      if (grants.length === 0) return 'It has no policy.';
      return grants.some(isForAnybody) ? 'Anybody may use it.' : undefined;
    },
  }),
  resourceRule({
    name: 'kms-administered-by-the-account',
    description: "A key is this account's to administer: services do what they are named for.",
    types: [KEY],
    check: ({ policy }) =>
      grantsOf(policy).every(({ principals, actions, negated }) =>
        principals.every(
          ({ kind, value }) =>
            (kind === 'AWS' && ACCOUNT.test(value)) ||
            (kind === 'Service' &&
              negated.length === 0 &&
              actions.every((action) => !action.includes('*'))),
        ),
      )
        ? undefined
        : 'Somebody else than the account may do anything with it.',
  }),
  resourceRule({
    name: 'kms-deletion-window',
    description: 'A key can be had back for 30 days after its deletion, and all that it encrypted.',
    types: [KEY],
    // 30 days are also what AWS does when nothing is said.
    check: ({ deletionWindowInDays = 30 }) =>
      deletionWindowInDays === 30 ? undefined : 'It is gone sooner.',
  }),
];
