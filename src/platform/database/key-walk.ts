import type { Progress } from '../tasks/progress.js';
import type { Database, Statement } from './database.js';
import { Purging } from './purging.js';

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

interface Step {
  readonly count: number;
  readonly last: string | null;
}

/** SQL for the answer of a step. @param seen query of `id`: the rows that the step looked at */
export function stepOf(seen: string): string {
  return `select count(*)::int as count, (select id from ${seen} order by id desc limit 1) as last
    from ${seen}`;
}

/** Walks through all ids repeatedly, in turns of its own, to find rows that no index leads to. */
export class KeyWalk {
  private readonly purging = new Purging();
  private last = BEFORE_ALL;

  /** @param statement looks at `$2` rows after the id `$1`, and answers with `stepOf` */
  constructor(
    private readonly database: Database,
    private readonly statement: Statement,
  ) {}

  purgeInBatches(values: readonly unknown[], size: number): Promise<Progress> {
    return this.purging.inBatches(this.statement.name, size, (most) => this.step(most, values));
  }

  /** Returns the number of rows; fewer than requested at the end, where the walk starts again. */
  private async step(size: number, values: readonly unknown[]): Promise<number> {
    const row = await this.database.queryOne<Step>(this.statement, [this.last, size, ...values]);
    const { count = 0, last = null } = row ?? {};
    this.last = count === size && last !== null ? last : BEFORE_ALL;
    return count;
  }
}
