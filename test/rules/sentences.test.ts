import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REASONS as REASONS_OF_KEYS } from '../../src/users/api-keys/api-keys.problems.js';
import { REASONS } from '../../src/users/issuers/issuers.problems.js';
import { problemClasses } from '../support/problem-classes.js';

const src = join(import.meta.dirname, '../../src');

/** The fault, a colon, and the next step: a verb that readers can follow, or a requirement. */
const ADVICE =
  /^[A-Z][^:]*: [^:]*\b(ask|check|choose|close|come|compare|get|join|keep|let|look|make|must|nothing|open|read|remove|repeat|report|send|sign|take|try|type|use|wait|leave|re-key)\b/;

const kinds = await problemClasses();
const names = new Set(
  kinds.map((kind) => (kind as unknown as { readonly name: string }).name).filter(Boolean),
);

/** Returns the sentences of problems in the sources that replace the sentence of the class. */
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

describe('the sentences of problems', () => {
  it.each(kinds.map(({ code, example }) => [code, example.detail]))(
    'the sentence of the code %s says what is wrong and what to do next',
    (_, detail) => {
      expect(detail).toMatch(ADVICE);
      expect(detail).toMatch(/\.$/);
    },
  );

  it.each([...Object.entries(REASONS), ...Object.entries(REASONS_OF_KEYS)])(
    'the sentence of the reason %s says what is wrong and what to do next',
    (_, detail) => expect(detail).toMatch(ADVICE),
  );

  it('every sentence for a special case says what is wrong and what to do next', () => {
    const found = sentences();
    // The sentences of classes are checked above.
    expect(found.length + kinds.length).toBeGreaterThan(100);
    expect(found.length).toBeGreaterThan(10);
    // The text of a placeholder is known only at run time, and is checked where it is made.
    const bad = found.filter(({ text }) => !ADVICE.test(text.replaceAll(/\$\{[^}]*\}/g, 'must')));
    expect(bad).toEqual([]);
  });

  it('a constant sentence is defined in a class', () => {
    expect(sentences().filter(({ isFixed }) => isFixed)).toEqual([]);
  });

  it('a problem that time resolves says in how many seconds', () => {
    const promising = kinds.filter(({ example }) => /retryAfter/.test(example.detail));
    expect(promising.length).toBeGreaterThan(5);
    expect(promising.filter(({ example }) => example.retryAfter === undefined)).toEqual([]);
  });
});
