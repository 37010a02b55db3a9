import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { HEAP_FLAGS } from '../../../src/platform/tasks/heap.js';

describe('the flags of the heap', () => {
  // V8 says of one that it does not know no more than a line on stderr, and goes on without it.
  it.each(HEAP_FLAGS)('are known to this Node: %s', (flag) => {
    const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
    const [, name = ''] = /^--(?:no-)?([^=]+)/.exec(flag) ?? [];
    expect(known).toContain(`  --${name} (`);
  });
});
