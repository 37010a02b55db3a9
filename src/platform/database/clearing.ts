import type { Progress } from '../tasks/progress.js';
import { type Database, type Statement, statement } from './database.js';

/** A table whose rows belong to a row of another table, and the column that refers to that row. */
export interface Belonging {
  readonly table: string;
  readonly column: string;
  /** SQL for rows that stay. */
  readonly except?: string;
}

const AT_ONCE = 1_000;

/** Deletes rows before the rows they belong to: foreign keys would delete any number at once. */
export class Clearing {
  private readonly purges: readonly Statement[];

  constructor(belongings: readonly Belonging[]) {
    this.purges = belongings.map(clearingOf);
  }

  async purgeInBatches(database: Database, ids: readonly string[]): Promise<Progress> {
    for (const purge of this.purges) {
      const progress = await database.purgeInBatches(purge, [ids], AT_ONCE);
      if (progress === 'unfinished') return progress;
    }
    return 'done';
  }
}

function clearingOf({ table, column, except }: Belonging): Statement {
  return statement(
    `${table}.clear-by-${column}`,
    `delete from ${table} where ctid = any (array(
       select ctid from ${table} where ${column} = any ($1::uuid[])
          ${except === undefined ? '' : `and not (${except})`} limit $2 for update skip locked))
     returning 1`,
  );
}
