import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { uuidv7 } from '../database/ids.js';
import { containing, pageQuery, toPage } from './paging.js';

const Query = z.strictObject(pageQuery);
const rows = (count: number) => Array.from({ length: count }, () => ({ id: uuidv7() }));

describe('a page', () => {
  it('leads to the next one by the id of its last item', () => {
    const read = rows(4);
    const page = toPage(read, { limit: 3 });
    expect(page.items).toEqual(read.slice(0, 3));
    expect(Query.parse({ cursor: page.nextCursor }).cursor).toBe(read[2]?.id);
  });

  it.each([0, 1, 3])('with %i of at most 3 items is the last one', (count) => {
    const page = toPage(rows(count), { limit: 3 });
    expect(page).toMatchObject({ nextCursor: null });
    expect(page.items).toHaveLength(count);
  });
});

describe('the query of a list', () => {
  it('asks for 50 items where it does not say', () => {
    expect(Query.parse({})).toEqual({ limit: 50 });
  });

  it.each(['1', '200'])('asks for 1 to 200 items: %s', (limit) => {
    expect(Query.parse({ limit }).limit).toBe(Number(limit));
  });

  it.each(['0', '201', '-1', '1.5', 'many', '1e9', 'Infinity'])('not for %s', (limit) => {
    expect(Query.safeParse({ limit }).success).toBe(false);
  });

  it.each([
    ['nonsense', 'hello'],
    ['an id that is not encoded', uuidv7()],
    ['something else encoded', Buffer.from("' or 1=1 --").toString('base64url')],
    ['an id with something after it', Buffer.from(`${uuidv7()}x`).toString('base64url')],
    ['a long text', 'A'.repeat(500)],
    ['nothing', ''],
  ])('has a cursor that was given out, not %s', (_, cursor) => {
    expect(Query.safeParse({ cursor }).success).toBe(false);
  });
});

describe('a search', () => {
  it.each([
    ['film', '%film%'],
    ['100%', String.raw`%100\%%`],
    ['a_b', String.raw`%a\_b%`],
    [String.raw`c:\x`, String.raw`%c:\\x%`],
  ])('for %j takes wildcards literally', (search, pattern) => {
    expect(containing(search)).toBe(pattern);
  });
});
