/** Shared by every project's jest.config.mjs: TypeScript as ES modules, stripped by swc. */
export default {
  testEnvironment: 'node',
  setupFiles: [import.meta.dirname + '/jest.setup.mjs'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '\\.aws\\.test\\.ts$'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2024',
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  // A test that hangs has to end; how long one takes depends on what else the machine does.
  testTimeout: 120_000,
};
