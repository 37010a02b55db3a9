import pLimit from 'p-limit';
import { Batch } from '../common/batch.js';
import { LOCK_TIMEOUT_MS } from './data-source.js';
import { isOfItsRows } from './database-errors.js';

/** Statements under way on a replica; while there are so many, rows gather for the next one. */
const AT_ONCE = 2;
/** Rows in one statement. */
const MOST = 50;
/** How long a row may have others wait that have nothing to do with it. */
const SHARED_LOCK_TIMEOUT_MS = 150;

/**
 * Writes all rows or none; what it has not written is missing in its answer.
 * @param lockTimeoutMs how long it may wait for a row that somebody else holds
 */
type Write<Answer, Row> = (
  rows: readonly Row[],
  lockTimeoutMs: number,
) => Promise<ReadonlyMap<Row, Answer>>;

/** Sets the lock timeout for the statement it is a part of; to be read before any row is locked. */
export const lockTimeoutOf = (milliseconds: string) =>
  `set_config('lock_timeout', ${milliseconds}::text, true)`;

/**
 * Writes rows together that come at the same time: the round trip and the commit of a statement cost
 * more than most rows do. What stands in the way of one row is no trouble of the others: since then
 * nothing is written, each is written again by itself. Where somebody else locks the same rows in
 * another order, to end sessions for instance, it is the shared statement that gives up.
 */
export class SharedWrite<Answer, Row> {
  private readonly batch: Batch<Answer, Row>;
  // Few at once, or what one row was at fault for would take every connection.
  private readonly places = pLimit(AT_ONCE);

  constructor(private readonly statement: Write<Answer, Row>) {
    this.batch = new Batch((rows) => statement(rows, SHARED_LOCK_TIMEOUT_MS), AT_ONCE, MOST);
  }

  /** Undefined if the row was not written. */
  async write(row: Row): Promise<Answer | undefined> {
    try {
      return await this.batch.get(row);
    } catch (error) {
      if (!isOfItsRows(error)) throw error;
      return this.writeAlone(row);
    }
  }

  private async writeAlone(row: Row): Promise<Answer | undefined> {
    const answers = await this.places(() => this.statement([row], LOCK_TIMEOUT_MS));
    return answers.get(row);
  }
}
