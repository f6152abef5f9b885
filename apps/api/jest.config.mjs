import { availableParallelism } from 'node:os';
import base from '../../jest.config.base.mjs';

export default {
  ...base,
  // These tests wait more than they compute: for processes that start, are killed, and end.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  globalSetup: './test/recorded-calls-setup.ts',
  globalTeardown: './test/recorded-calls-teardown.ts',
};
