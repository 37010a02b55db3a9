import type { Database, Statement } from './database.js';

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** What a statement of a walk answers: how many rows it looked at, and the key of the last one. */
interface Step {
  readonly count: number;
  readonly last: string | null;
}

/**
 * SQL for the answer of a step.
 * @param seen name of a query of `id`, the rows that the step looked at
 */
export function stepOf(seen: string): string {
  return `select count(*)::int as count, (select id from ${seen} order by id desc limit 1) as last
    from ${seen}`;
}

/** Looks at all rows of a table in the order of their ids, some at a time, again and again. */
export class KeyWalk {
  private last = BEFORE_ALL;

  /** @param statement looks at the `$2` rows after the id `$1`, and answers by `stepOf` */
  constructor(
    private readonly database: Database,
    private readonly statement: Statement,
  ) {}

  /** How many rows there were; fewer than asked for at the end, where the walk begins anew. */
  async step(size: number, values: readonly unknown[]): Promise<number> {
    const row = await this.database.queryOne<Step>(this.statement, [this.last, size, ...values]);
    const { count = 0, last = null } = row ?? {};
    this.last = count === size && last !== null ? last : BEFORE_ALL;
    return count;
  }
}
