import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertBehaviour } from '../../sandbox/cas/behaviour.js';

const text = readFileSync(join(import.meta.dirname, '../../docs/sandbox.md'), 'utf8');

/** Returns the switches that the sandbox CAS lists when one is misspelt. */
function switches(): string[] {
  try {
    assertBehaviour({ nonsense: true });
  } catch (error) {
    const [, list = ''] = /known are (.*)\.$/.exec((error as Error).message) ?? [];
    return list.split(', ');
  }
  return [];
}

const inOrder = (one = '', other = '') => one.localeCompare(other);

describe('docs/sandbox.md', () => {
  it('docs/sandbox.md has a row for every switch of the sandbox CAS, and no other row', () => {
    expect(switches().length).toBeGreaterThan(15);
    const rows = Array.from(text.matchAll(/^\| `(\w+)` +\|/gm), ([, name]) => name);
    expect(rows.toSorted(inOrder)).toEqual(switches().toSorted(inOrder));
  });

  it('docs/sandbox.md shows behaviours that the sandbox CAS accepts', () => {
    const examples = Array.from(text.matchAll(/behaviour -d '([^']+)'/g), ([, json = '']) => json);
    expect(examples).toHaveLength(2);
    for (const example of examples)
      expect(() => assertBehaviour(JSON.parse(example))).not.toThrow();
  });
});
