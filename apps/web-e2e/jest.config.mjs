import base from '../../jest.config.base.mjs';

export default {
  ...base,
  globalSetup: './test/setup.ts',
  testMatch: ['**/*.e2e.ts'],
  // Two of the files, with a server and a browser each, are what a small machine can run at once.
  maxWorkers: 2,
  testTimeout: 180_000,
};
