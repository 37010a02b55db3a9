import { BatchLoader } from '../tasks/batch-loader.js';
import { BoundedMap } from '../tasks/bounded-map.js';
import { FairQueue } from '../tasks/fair-queue.js';
import { LOCK_TIMEOUT_MS } from './session-settings.js';
import { isOfItsRows } from './database-errors.js';
import { RowsInUse } from './database.problems.js';

/** Statements under way on a replica; while there are so many, rows gather for the next one. */
const AT_ONCE = 2;
/** Rows in one statement. */
const MOST = 50;
/** How long a row may have others wait that have nothing to do with it. */
const SHARED_LOCK_TIMEOUT_MS = 150;
/** The same while the row is looked for that stood in the way of a statement. */
const SEARCH_LOCK_TIMEOUT_MS = 50;
/** How long the rows of an owner are written apart from all others, after one stood in the way. */
const APART_MS = 10_000;
const OWNERS_APART = 10_000;

/** Rows that are written alone: one at once of each owner, so that others have a place too. */
const ALONE = { places: AT_ONCE, perKey: 1, waitingPerKey: 20, patienceMs: 2_000 };

/**
 * Writes all rows or none; what it has not written is missing in its answer.
 * @param lockTimeoutMs how long it may wait for a row that somebody else holds
 */
type Write<Answer, Row> = (
  rows: readonly Row[],
  lockTimeoutMs: number,
) => Promise<ReadonlyMap<Row, Answer>>;

/** What became of a row; a row that was not written has no answer. */
type Outcome<Answer> = { readonly answer: Answer | undefined } | { readonly error: unknown };

/** Sets the lock timeout for the statement it is a part of; to be read before any row is locked. */
export const lockTimeoutOf = (milliseconds: string) =>
  `set_config('lock_timeout', ${milliseconds}::text, true)`;

/**
 * Writes rows together that come at the same time: the round trip and the commit of a statement cost
 * more than most rows do. If a row stands in the way of a statement, nothing of it is written; its
 * halves are tried then, and the halves of these, until the row is found. The rows of its owner are
 * written apart for a while, so that the others do not wait for them again.
 */
export class BatchWriter<Answer, Row> {
  private readonly batch: BatchLoader<Outcome<Answer>, Row>;
  private readonly apart = new BoundedMap<number>(OWNERS_APART);
  private readonly alone = new FairQueue(ALONE, () => new RowsInUse());

  /** @param ownerOf whose row it is: for nobody else's sake does anybody wait */
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

  /**
   * Undefined if the row was not written.
   * @throws {Overloaded} if too many rows of the same owner are in the way of others
   */
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
