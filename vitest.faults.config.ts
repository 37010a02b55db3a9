import { defineConfig } from 'vitest/config';

const shared = {
  environment: 'node',
  pool: 'forks',
  testTimeout: 120_000,
  hookTimeout: 120_000,
} as const;

/** Of `npm run test:faults`, which says what it takes. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', './test/support/closing-reporter.ts'],
    projects: [
      {
        extends: true,
        // Mostly waiting, for leases to run out: two files beside each other.
        test: {
          ...shared,
          name: 'waiting',
          include: ['test/system/faults/waiting/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // As much load as the machine takes.
        test: {
          ...shared,
          name: 'load',
          include: ['test/system/faults/load/*.test.ts'],
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
