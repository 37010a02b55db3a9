import { type Statement, statement } from './database.js';

/** A table whose rows belong to a row of another one, and the column that says to which. */
export interface Belonging {
  readonly table: string;
  readonly column: string;
}

/**
 * Removes what belongs to the rows `$1`, in batches, before these are removed themselves: the keys
 * would remove all of it at once, which may be any number of rows.
 */
export function clearingOf({ table, column }: Belonging): Statement {
  return statement(
    `${table}.clear-by-${column}`,
    `delete from ${table} where ctid = any (array(
       select ctid from ${table} where ${column} = any ($1::uuid[]) limit $2 for update skip locked))
     returning 1`,
  );
}
