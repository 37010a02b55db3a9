import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { uuidv7 } from '../database/ids.js';
import { containing, pageQuery, toPage } from './paging.js';

const Query = z.strictObject(pageQuery);
const rows = (count: number) => Array.from({ length: count }, () => ({ id: uuidv7() }));

describe('pages of a list', () => {
  it('a page links to the next page by the id of its last item', () => {
    const read = rows(4);
    const page = toPage(read, { limit: 3 });
    expect(page.items).toEqual(read.slice(0, 3));
    expect(Query.parse({ cursor: page.nextCursor }).cursor).toBe(read[2]?.id);
  });

  it.each([0, 1, 3])('a page of %i items is the last page if the limit is 3', (count) => {
    const page = toPage(rows(count), { limit: 3 });
    expect(page).toMatchObject({ nextCursor: null });
    expect(page.items).toHaveLength(count);
  });
});

describe('the query of a list', () => {
  it('a list has 50 items if the query has no limit', () => {
    expect(Query.parse({})).toEqual({ limit: 50 });
  });

  it.each(['1', '200'])('the limit %s is accepted', (limit) => {
    expect(Query.parse({ limit }).limit).toBe(Number(limit));
  });

  it.each(['0', '201', '-1', '1.5', 'many', '1e9', 'Infinity'])(
    'the limit %s is refused',
    (limit) => {
      expect(Query.safeParse({ limit }).success).toBe(false);
    },
  );

  it.each([
    ['nonsense', 'hello'],
    ['an id that is not encoded', uuidv7()],
    ['something else encoded', Buffer.from("' or 1=1 --").toString('base64url')],
    ['an id with something after it', Buffer.from(`${uuidv7()}x`).toString('base64url')],
    ['a long text', 'A'.repeat(500)],
    ['nothing', ''],
  ])('a cursor that the server did not issue is refused: %s', (_, cursor) => {
    expect(Query.safeParse({ cursor }).success).toBe(false);
  });
});

describe('search patterns', () => {
  it.each([
    ['film', '%film%'],
    ['100%', String.raw`%100\%%`],
    ['a_b', String.raw`%a\_b%`],
    [String.raw`c:\x`, String.raw`%c:\\x%`],
  ])('the search %j takes wildcards literally', (search, pattern) => {
    expect(containing(search)).toBe(pattern);
  });
});
