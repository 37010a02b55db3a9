import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { isConnectionError } from './database-errors.js';

/** A transaction that is open; repositories work within it. */
export type Transaction = EntityManager;

/** A transaction that its owner commits, after others have done their part in it. */
export class UnitOfWork {
  private runner: QueryRunner | undefined;

  /** @param connect takes a connection for the transaction */
  constructor(
    private readonly source: DataSource,
    private readonly connect: (runner: QueryRunner) => Promise<unknown> = (runner) =>
      runner.connect(),
  ) {}

  get hasBegun(): boolean {
    return this.runner !== undefined;
  }

  /** The transaction begins with the first work, so that nothing before it holds a connection. */
  async run<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    if (!this.runner) {
      this.runner = this.source.createQueryRunner();
      await this.connect(this.runner);
      await this.runner.startTransaction();
    }
    return work(this.runner.manager);
  }

  async commit(): Promise<void> {
    await this.runner?.commitTransaction();
    await this.runner?.release();
  }

  /** @param cause why, which tells whether the database can be waited for */
  async rollBack(cause: unknown): Promise<void> {
    const ended = this.end();
    // A database that is silent would not answer to the rollback either; nobody waits for that.
    if (!isConnectionError(cause)) await ended;
  }

  private async end(): Promise<void> {
    try {
      if (this.runner?.isTransactionActive) await this.runner.rollbackTransaction();
    } catch {
      // The connection is lost, and the transaction with it.
    } finally {
      await this.runner?.release().catch(() => undefined);
    }
  }
}
