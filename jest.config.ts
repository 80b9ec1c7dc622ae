import type { Config } from 'jest';

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.js' },
  // The package's own name leads to the build, which a clone has none of; `package.test.ts` tests that.
  moduleNameMapper: { '^sallyport$': '<rootDir>/src/index.ts' },
  testTimeout: 120_000,
  maxWorkers: 2,
} satisfies Config;
