import type { TestDatabase } from '../database.js';
import type { Place } from './find-canaries.js';

interface Column {
  readonly table: string;
  readonly column: string;
}

const COLUMNS = `
  select format('%I.%I', n.nspname, c.relname) as table, quote_ident(a.attname) as column
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'm')
    join pg_namespace n on n.oid = c.relnamespace
   where a.attnum > 0 and not a.attisdropped
     and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
   order by 1, a.attnum`;

/** Returns a value as Postgres prints it; bytes in every encoding that may reveal a text. */
function readingsOf(value: Buffer | string | null): string[] {
  if (value === null) return [];
  if (typeof value === 'string') return [value];
  return (['utf8', 'latin1', 'utf16le', 'hex', 'base64'] as const).map((as) => value.toString(as));
}

/** Returns every value of every column of every table, as a place for each column. */
export async function dump(database: TestDatabase): Promise<Place[]> {
  const columns = await database.query<Column>(COLUMNS);
  const places: Place[] = [];
  for (const { table, column } of columns) {
    const rows = await database.query<{ text: string | null; value: unknown }>(
      `select ${column}::text as text, ${column} as value from ${table}`,
    );
    const texts = rows.flatMap(({ text, value }) => [
      ...readingsOf(text),
      ...readingsOf(Buffer.isBuffer(value) ? value : null),
    ]);
    places.push({ name: `the column ${table}.${column}`, text: texts.join('\n') });
  }
  return places;
}
