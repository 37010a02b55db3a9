import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { HEAP_FLAGS } from '../../../src/platform/tasks/heap.js';

describe('the flags of the heap', () => {
  // V8 only warns about an unknown flag on stderr, and continues without it.
  it.each(HEAP_FLAGS)('this Node knows the flag: %s', (flag) => {
    const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
    const [, name = ''] = /^--(?:no-)?([^=]+)/.exec(flag) ?? [];
    expect(known).toContain(`  --${name} (`);
  });
});
