import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ACTIONS, adviceFor } from '../../src/rooms/sdk-reports/sdk-errors.js';
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

  it('docs/errors.md names the action for every code of the SDK that the sources know', () => {
    const advice = [...text.matchAll(/^\| (`-?\d+`.*?) *\| .+ \| `(\w+)` *\|$/gm)];
    const documented = advice.flatMap(([, codes = '', action]) =>
      Array.from(codes.matchAll(/-?\d+/g), ([code]) => [Number(code), action] as const),
    );
    const unknown = adviceFor(10_000);
    const known = Array.from({ length: 20_000 }, (_, index) => index - 9_999)
      .filter((code) => adviceFor(code) !== unknown)
      .map((code) => [code, adviceFor(code).action] as const);
    expect(documented).toEqual(known);
    expect(known.length).toBeGreaterThan(10);
  });

  it('docs/errors.md explains every action that an answer to a report can name', () => {
    const explained = Array.from(text.matchAll(/^\| `([a-z_]+)` +\| /gm), ([, action]) => action);
    expect(explained).toEqual([...ACTIONS]);
  });
});
