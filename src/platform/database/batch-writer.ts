import { BatchLoader } from '../tasks/batch-loader.js';
import { BoundedMap } from '../tasks/bounded-map.js';
import { FairQueue } from '../tasks/fair-queue.js';
import { LOCK_TIMEOUT_MS } from './session-settings.js';
import { isOfItsRows } from './database-errors.js';
import { RowsInUse } from './database.problems.js';

/** Statements in progress per replica; meanwhile, further rows gather for the next statement. */
const AT_ONCE = 2;
const MOST = 50;
/** How long a row may delay unrelated rows of the same statement. */
const SHARED_LOCK_TIMEOUT_MS = 150;
const SEARCH_LOCK_TIMEOUT_MS = 50;
/** How long the rows of an owner are written separately after one of them blocked a statement. */
const APART_MS = 10_000;
const OWNERS_APART = 10_000;

/** Rows that are written separately: one at a time per owner, which leaves a place for others. */
const ALONE = { places: AT_ONCE, perKey: 1, waitingPerKey: 20, patienceMs: 2_000 };

/** Writes all rows or none; the answer lacks the rows that were not written. */
type Write<Answer, Row> = (
  rows: readonly Row[],
  lockTimeoutMs: number,
) => Promise<ReadonlyMap<Row, Answer>>;

type Outcome<Answer> = { readonly answer: Answer | undefined } | { readonly error: unknown };

/** SQL that sets the lock timeout of its statement; must be evaluated before a row is locked. */
export const lockTimeoutOf = (milliseconds: string) =>
  `set_config('lock_timeout', ${milliseconds}::text, true)`;

/**
 * Writes concurrent rows in one statement, because its round trip and commit cost more than rows. A
 * row that blocks it is found by halving; its owner's rows are then written separately for a while.
 */
export class BatchWriter<Answer, Row> {
  private readonly batch: BatchLoader<Outcome<Answer>, Row>;
  private readonly apart = new BoundedMap<number>(OWNERS_APART);
  private readonly alone = new FairQueue(ALONE, () => new RowsInUse());

  constructor(
    private readonly statement: Write<Answer, Row>,
    private readonly ownerOf: (row: Row) => string,
  ) {
    this.batch = new BatchLoader(
      async (rows) => new Map(await this.writeTogether(rows, SHARED_LOCK_TIMEOUT_MS)),
      AT_ONCE,
      MOST,
    );
  }

  /** Returns undefined if the row was not written. @throws {Overloaded} */
  async write(row: Row): Promise<Answer | undefined> {
    if (this.isApart(row)) return this.writeAlone(row);
    const outcome = await this.batch.get(row);
    if (outcome && 'answer' in outcome) return outcome.answer;
    if (!isOfItsRows(outcome?.error)) throw outcome?.error;
    this.apart.set(this.ownerOf(row), performance.now() + APART_MS);
    return this.writeAlone(row);
  }

  private isApart(row: Row): boolean {
    return (this.apart.get(this.ownerOf(row)) ?? 0) > performance.now();
  }

  private async writeTogether(
    rows: readonly Row[],
    lockTimeoutMs: number,
  ): Promise<[Row, Outcome<Answer>][]> {
    try {
      const answers = await this.statement(rows, lockTimeoutMs);
      return rows.map((row) => [row, { answer: answers.get(row) }]);
    } catch (error) {
      if (rows.length === 1 || !isOfItsRows(error)) return rows.map((row) => [row, { error }]);
      const middle = Math.ceil(rows.length / 2);
      const first = await this.writeTogether(rows.slice(0, middle), SEARCH_LOCK_TIMEOUT_MS);
      const second = await this.writeTogether(rows.slice(middle), SEARCH_LOCK_TIMEOUT_MS);
      return [...first, ...second];
    }
  }

  private writeAlone(row: Row): Promise<Answer | undefined> {
    return this.alone.run(this.ownerOf(row), async () =>
      (await this.statement([row], LOCK_TIMEOUT_MS)).get(row),
    );
  }
}
