import base from './jest.config.base.mjs';

/** The tests that need an AWS to run against: `npm run test:aws`. */
export default {
  ...base,
  testMatch: ['**/*.aws.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
};
