import type { Progress } from '../tasks/progress.js';
import { type Database, type Statement, statement } from './database.js';

/** A table whose rows belong to a row of another one, and the column that says to which. */
export interface Belonging {
  readonly table: string;
  readonly column: string;
}

/** Rows of a batch. */
const AT_ONCE = 1_000;

/**
 * Removes what belongs to some rows, before these are removed themselves: the keys would remove all of
 * it at once, which may be any number of rows.
 */
export class Clearing {
  private readonly purges: readonly Statement[];

  /** @param belongings in the order in which they are removed */
  constructor(belongings: readonly Belonging[]) {
    this.purges = belongings.map(clearingOf);
  }

  /** Removes a part of what belongs to the rows with these ids, or all of it. */
  async purgeInBatches(database: Database, ids: readonly string[]): Promise<Progress> {
    for (const purge of this.purges) {
      const progress = await database.purgeInBatches(purge, [ids], AT_ONCE);
      if (progress === 'unfinished') return progress;
    }
    return 'done';
  }
}

function clearingOf({ table, column }: Belonging): Statement {
  return statement(
    `${table}.clear-by-${column}`,
    `delete from ${table} where ctid = any (array(
       select ctid from ${table} where ${column} = any ($1::uuid[]) limit $2 for update skip locked))
     returning 1`,
  );
}
