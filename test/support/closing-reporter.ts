import type { Reporter, SerializedError, TestModule } from 'vitest/node';

function countIn(module: TestModule): { passed: number; failed: number } {
  const tests = Array.from(module.children.allTests());
  const passed = tests.filter((test) => test.result().state === 'passed').length;
  const failed = tests.length - passed;
  // A file that fails before its first test or in a hook has no failed test of its own.
  const broken = !module.ok() && failed === 0 ? 1 : 0;
  return { passed, failed: failed + broken };
}

/** Prints `N passed, N failed` as the very last line; a skipped test counts as failed. */
export default class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const counts = modules.map(countIn);
    const passed = counts.reduce((sum, count) => sum + count.passed, 0);
    const failed = counts.reduce((sum, count) => sum + count.failed, errors.length);
    const nothing = passed + failed === 0 ? 1 : 0;
    process.on('exit', () => {
      process.stdout.write(`${passed} passed, ${failed + nothing} failed\n`);
    });
    if (failed + nothing > 0) process.exitCode = 1;
  }
}
