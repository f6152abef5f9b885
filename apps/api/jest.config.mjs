import base from '../../jest.config.base.mjs';

export default {
  ...base,
  globalSetup: './test/recorded-calls-setup.ts',
  globalTeardown: './test/recorded-calls-teardown.ts',
};
