import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemClasses } from '../support/problem-classes.js';

const src = join(import.meta.dirname, '../../src');

/** What is wrong, a colon, and what to do next: a verb that somebody can follow, or what must be. */
const ADVICE =
  /^[A-Z][^:]*: [^:]*\b(ask|check|choose|close|come|compare|get|join|keep|let|look|make|must|nothing|open|read|remove|repeat|report|send|sign|take|try|type|use|wait|leave|re-key)\b/;

const kinds = await problemClasses();
const names = new Set(
  kinds.map((kind) => (kind as unknown as { readonly name: string }).name).filter(Boolean),
);

/** The sentences that the sources give problems, where they don't leave it to the class. */
function sentences(): {
  readonly file: string;
  readonly text: string;
  readonly isFixed: boolean;
}[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'),
  );
  return files.flatMap((file) => {
    const source = readFileSync(join(src, file), 'utf8');
    const made = source.matchAll(/new (?:problems\.)?(\w+)\(\s*(?:'([^'\n]*)'|`([^`]*)`)/g);
    return [...made]
      .filter(([, name = '']) => names.has(name))
      .map(([, , plain, template]) => ({
        file,
        text: plain ?? template ?? '',
        isFixed: plain !== undefined,
      }));
  });
}

describe('the sentence of every problem', () => {
  it.each(kinds.map(({ code, example }) => [code, example.detail]))(
    'with the code %s says what is wrong and what to do next',
    (_, detail) => {
      expect(detail).toMatch(ADVICE);
      expect(detail).toMatch(/\.$/);
    },
  );

  it('says so wherever it is made for one case', () => {
    const found = sentences();
    // Those of classes are checked above.
    expect(found.length + kinds.length).toBeGreaterThan(100);
    expect(found.length).toBeGreaterThan(10);
    // What stands in braces is only known when it is said, and is checked by what makes it.
    const bad = found.filter(({ text }) => !ADVICE.test(text.replaceAll(/\$\{[^}]*\}/g, 'must')));
    expect(bad).toEqual([]);
  });

  it('stands in a class, where it is the same each time', () => {
    expect(sentences().filter(({ isFixed }) => isFixed)).toEqual([]);
  });

  it('is told in seconds where time cures it', () => {
    const promising = kinds.filter(({ example }) => /retryAfter/.test(example.detail));
    expect(promising.length).toBeGreaterThan(5);
    expect(promising.filter(({ example }) => example.retryAfter === undefined)).toEqual([]);
  });
});
