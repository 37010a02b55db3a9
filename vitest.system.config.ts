import { defineConfig } from 'vitest/config';

const ALONE = ['guessing', 'herd', 'sandbox'].map((name) => `test/system/cluster/${name}.test.ts`);
const POSTGRES = 'test/support/global-setup.ts';

/** `npm run test:system`: tests with several processes or faults, or that take minutes. */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-reporter.ts'],
    environment: 'node',
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'long',
          globalSetup: [POSTGRES],
          include: ['test/**/*.system.test.ts', 'sandbox/**/*.spec.ts'],
          isolate: false,
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // Neither a database nor a server.
        test: {
          name: 'interleavings',
          include: ['test/system/interleavings/*.test.ts'],
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // Several server processes each, some with deadlines: one file at a time.
        test: {
          name: 'cluster',
          globalSetup: [POSTGRES],
          include: ['test/system/cluster/*.test.ts'],
          exclude: ALONE,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        // These mostly wait for leases to expire.
        test: {
          name: 'waiting',
          globalSetup: [POSTGRES],
          include: ['test/system/faults/waiting/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        // Full load, or deadlines of their own: nothing else may run beside them.
        test: {
          name: 'load',
          globalSetup: [POSTGRES],
          include: ['test/system/faults/load/*.test.ts', ...ALONE],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
