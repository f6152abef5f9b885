import { types } from 'node:util';

/**
 * Jest runs tests in a realm of their own, so errors of Node's modules are no `instanceof Error`
 * there. The AWS SDK asks, and would lose the code of a broken connection; so let it be as it is
 * outside of jest.
 */
const ordinary = Function.prototype[Symbol.hasInstance];
Object.defineProperty(Error, Symbol.hasInstance, {
  value(candidate) {
    return this === Error ? types.isNativeError(candidate) : ordinary.call(this, candidate);
  },
});
