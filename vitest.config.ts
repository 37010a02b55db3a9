import { defineConfig } from 'vitest/config';

const shared = {
  environment: 'node',
  pool: 'forks',
  testTimeout: 20_000,
  hookTimeout: 60_000,
} as const;

const withDatabase = { ...shared, globalSetup: ['test/support/global-setup.ts'] };

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          ...withDatabase,
          name: 'behaviour',
          include: [
            'src/**/*.spec.ts',
            'sandbox/**/*.spec.ts',
            'test/{operations,platform,rooms,tokens,users}/**/*.test.ts',
            'test/rules/*.test.ts',
            'test/system/faults/*.spec.ts',
          ],
          // One more than cores: much of the time is spent waiting for faults to be noticed.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // Neither a database nor a server.
        test: {
          ...shared,
          name: 'interleavings',
          include: ['test/system/interleavings/*.test.ts'],
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // Several server processes at once: nothing else runs beside them.
        test: {
          ...withDatabase,
          name: 'cluster',
          include: ['test/system/cluster/*.test.ts'],
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
        },
      },
    ],
  },
});
