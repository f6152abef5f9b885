import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/**
 * Imports run one way: shared-types, crc <- storage <- workflow <- embedded <- api; api and web import
 * the client too, the client crc alone, and infra shared-types and workflow.
 */
const boundaries = [
  ['type:shared-types', []],
  ['type:crc', []],
  ['type:storage', ['type:shared-types', 'type:crc']],
  ['type:workflow', ['type:shared-types', 'type:storage']],
  ['type:embedded', ['type:shared-types', 'type:storage', 'type:workflow']],
  ['type:infra', ['type:shared-types', 'type:workflow']],
  ['type:client', ['type:crc']],
  ['type:web', ['type:client']],
  ['type:e2e', ['type:client']],
  [
    'type:api',
    ['type:shared-types', 'type:storage', 'type:workflow', 'type:embedded', 'type:client'],
  ],
].map(([sourceTag, onlyDependOnLibsWithTags]) => ({ sourceTag, onlyDependOnLibsWithTags }));

export default tseslint.config(
  { ignores: ['**/dist', '**/src/generated', '**/node_modules', '.nx'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { depConstraints: boundaries }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      // An async function says that it answers with a promise, whether or not it waits for one.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Only entry points read the environment; take what you use as an argument.',
        },
      ],
    },
  },
  {
    files: [
      '**/*.test.ts',
      '**/test/**/*.ts',
      '**/bench/**/*.ts',
      '**/server.ts',
      '**/lambda.ts',
      '**/reindex.ts',
      '**/cli/main.ts',
    ],
    rules: { 'no-restricted-syntax': 'off' },
  },
  prettier,
);
