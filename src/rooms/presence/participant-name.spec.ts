import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidv7 } from '../../platform/database/ids.js';
import { foldedOf } from '../../platform/http/folding.js';
import { namesFor } from './participant-name.js';

describe('two names', () => {
  it.each([
    ['Sam', 'SAM'],
    ['Straße', 'STRASSE'],
    ['Zoë', 'Zoe\u0308'],
    ['ﬁlm', 'FILM'],
    ['ＳＡＭ', 'sam'],
    ['ΣΑΣ', 'σας'],
    ['①', '1'],
    ['Alice', 'Ali\u200bce'],
    ['Alice', '\u2060Alice\u00ad'],
    ['Alice', 'Alice\u{e0041}'],
    ['Alice', 'A\ufe0elice'],
    ['Ann Lee', 'Ann  Lee'],
    ['Ann Lee', 'Ann\u2003\u200aLee'],
    ['Zoë', 'Zoe\u034f\u0308'],
  ])('%s and %s are the same', (first, second) => {
    expect(foldedOf(first)).toBe(foldedOf(second));
  });

  it.each([
    ['Sam', 'Sam 2'],
    ['Zoe', 'Zoë'],
    ['Ann', 'Anna'],
  ])('%s and %s are different', (first, second) => {
    expect(foldedOf(first)).not.toBe(foldedOf(second));
  });

  it('are compared in a folded form that folding does not change again', () => {
    const odd = fc.constantFrom(
      '\u200b',
      '\u034f',
      '\u00a8',
      '\u0308',
      ' ',
      '\u2003',
      '\uffa0',
      'e',
    );
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: odd }));
    fc.assert(
      fc.property(text, (name) => {
        expect(foldedOf(foldedOf(name))).toBe(foldedOf(name));
      }),
    );
  });
});

describe('the candidates for the name of a seat', () => {
  it('are the plain name, eight names with a number, and a name with a suffix of the seat', () => {
    const names = namesFor('Sam', '01890a5d-ac96-774b-bcce-b302099a8057');
    const numbers = [2, 3, 4, 5, 6, 7, 8, 9].map((number) => `Sam ${number}`);
    expect(names.slice(0, -1)).toEqual(['Sam', ...numbers]);
    expect(names.at(-1)).toMatch(/^Sam [0-9a-v]{8}$/);
  });

  it('end with a name that differs from seat to seat, even if seats are created at once', () => {
    const last = Array.from({ length: 2_000 }, () => namesFor('Sam', uuidv7()).at(-1));
    expect(new Set(last).size).toBe(2_000);
  });

  it('are the same for the same seat', () => {
    const id = uuidv7();
    expect(namesFor('Sam', id)).toEqual(namesFor('Sam', id));
  });

  it('are ten names of at most 80 characters, none of which is cut in half', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 80 })
      .filter((text) => text.length <= 80 && text.trim() !== '');
    fc.assert(
      fc.property(name, fc.uuid({ version: 7 }), (text, seatId) => {
        const names = namesFor(text, seatId);
        for (const each of names) {
          expect(each.length).toBeLessThanOrEqual(80);
          expect(each.isWellFormed()).toBe(true);
        }
        expect(new Set(names.map(foldedOf)).size).toBe(10);
      }),
    );
  });
});
