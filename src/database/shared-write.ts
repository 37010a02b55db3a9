import { Batch } from '../common/batch.js';
import { isOfItsRows } from './database-errors.js';

/** Statements under way on a replica; while there are so many, rows gather for the next one. */
const AT_ONCE = 2;
/** Rows in one statement. */
const MOST = 50;

/**
 * Writes rows together that come at the same time: the round trip and the commit of a statement cost
 * more than most rows do. What stands in the way of one row is no trouble of the others: since then
 * nothing is written, each is written again by itself.
 */
export class SharedWrite<Answer, Row> {
  private readonly batch: Batch<Answer, Row>;

  /**
   * @param statement writes all rows or none; what it has not written is missing in its answer
   */
  constructor(
    private readonly statement: (rows: readonly Row[]) => Promise<ReadonlyMap<Row, Answer>>,
  ) {
    this.batch = new Batch(statement, AT_ONCE, MOST);
  }

  /** Undefined if the row was not written. */
  async write(row: Row): Promise<Answer | undefined> {
    try {
      return await this.batch.get(row);
    } catch (error) {
      if (!isOfItsRows(error)) throw error;
      return (await this.statement([row])).get(row);
    }
  }
}
