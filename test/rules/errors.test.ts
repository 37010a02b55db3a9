import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemClasses } from '../support/problem-classes.js';

const root = join(import.meta.dirname, '../..');

describe('docs/errors.md', () => {
  const text = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (\d{3}) +\| `(\w+)` *\| (.+?) *\| (.+?) *\|$/gm)];

  it('docs/errors.md has a row for every problem of the sources, in order, and no other row', async () => {
    const kinds = await problemClasses();
    const declared = new Set(kinds.map(({ status, code }) => `${status} ${code}`));
    expect(rows.map(([, status, code]) => `${status} ${code}`)).toEqual([...declared].sort());
  });

  it('every row of docs/errors.md names the cause and the remedy', () => {
    for (const [, , code, cause = '', cure = ''] of rows) {
      expect([code, cause]).toEqual([code, expect.stringMatching(/^[A-Z`].+\.$/)]);
      expect([code, cure]).toEqual([code, expect.stringMatching(/^[A-Z`].+\.$/)]);
    }
  });

  it('every row of docs/errors.md is one line', () => {
    expect(text.match(/^\| \d/gm)).toHaveLength(rows.length);
  });
});
