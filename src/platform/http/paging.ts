import { z } from 'zod';
import { foldedOf } from './folding.js';
import { trimmedText, wholeNumberIn } from './schema.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The id of the last item of the previous page, encoded; opaque to callers. */
const cursorOf = (ids: RegExp) =>
  z
    .string()
    .max(100)
    .transform((text, context) => {
      const id = Buffer.from(text, 'base64url').toString('latin1');
      if (ids.test(id)) return id;
      context.addIssue({
        code: 'custom',
        message: 'must be the nextCursor of the previous page; leave it out for the first page',
      });
      return z.NEVER;
    });

const Limit = wholeNumberIn(1, 200).default(50).describe('The maximum number of items in a page.');

/** The query parameters of a list. @param ids the form of the ids of its items */
export const pageQueryOf = (ids: RegExp) => ({
  limit: Limit,
  cursor: cursorOf(ids)
    .optional()
    .describe('The `nextCursor` of the previous page; leave it out for the first page.'),
});

export const pageQuery = pageQueryOf(UUID);
export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('The `cursor` of the next page; null on the last.'),
  });

/** Cuts a page out of `limit + 1` rows; their ids sort by creation, so inserts shift no page. */
export function toPage<Item extends { id: string }>(
  rows: Item[],
  { limit }: PageQuery,
): Page<Item> {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, nextCursor: last ? Buffer.from(last.id, 'latin1').toString('base64url') : null };
}

/** A text to search for. It is found anywhere in a name, in any way of writing it. */
export const Search = trimmedText(80)
  .min(1)
  .refine((text) => text === '' || foldedOf(text) !== '', 'must have a character that can be seen');

/** Returns a pattern for `like` that finds the text anywhere, with its wildcards escaped. */
export function containing(search: string): string {
  return `%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
