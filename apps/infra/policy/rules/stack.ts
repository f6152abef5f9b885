import { resourceRule, type StackRule } from '../rule.ts';

/** Whatever is deployed. */
export const resourceRules = [
  resourceRule({
    name: 'data-protected',
    description: 'What holds files, or what they cannot be read without, is not deleted by Pulumi.',
    types: ['aws:s3/bucket:Bucket', 'aws:dynamodb/table:Table', 'aws:kms/key:Key'],
    check: (_, { protect }) => (protect ? undefined : 'It is not protected.'),
  }),
];

export const stackRules: StackRule[] = [
  {
    name: 'tagged',
    description: 'Everything has the tags that its provider gives it by default.',
    controls: [],
    check: (stack) =>
      stack
        .filter(({ type, provider }) => type.startsWith('aws:') && !hasDefaultTags(provider))
        .map((resource) => ({ resource, message: 'Its provider gives it no tags.' })),
  },
];

/** Nested settings reach a provider as JSON. */
function hasDefaultTags(provider: Record<string, unknown> | undefined): boolean {
  const setting = provider?.defaultTags;
  const { tags } = (typeof setting === 'string' ? JSON.parse(setting) : (setting ?? {})) as {
    tags?: Record<string, string>;
  };
  return Object.keys(tags ?? {}).length > 0;
}
