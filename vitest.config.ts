import { defineConfig } from 'vitest/config';

/** `npm test`: tests that take seconds. `vitest.system.config.ts` contains the rest. */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-reporter.ts'],
    environment: 'node',
    pool: 'forks',
    // Otherwise every file would load hundreds of modules again, which takes longer than its tests.
    isolate: false,
    // One more than cores, because tests also wait.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        // Neither a database nor a server.
        test: { name: 'unit', include: ['src/**/*.spec.ts', 'test/**/*.spec.ts'] },
      },
      {
        extends: true,
        // Each file has its own server, database and CAS.
        test: {
          name: 'behaviour',
          globalSetup: ['test/support/global-setup.ts'],
          include: ['test/{operations,platform,rooms,tokens,users,rules}/**/*.test.ts'],
          exclude: ['test/**/*.system.test.ts'],
        },
      },
    ],
  },
});
