import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { isConnectionError } from './database-errors.js';

export type Transaction = EntityManager;

/** A transaction that its owner commits after other components have taken part in it. */
export class UnitOfWork {
  private runner: QueryRunner | undefined;

  constructor(
    private readonly source: DataSource,
    private readonly connect: (runner: QueryRunner) => Promise<unknown> = (runner) =>
      runner.connect(),
  ) {}

  get hasBegun(): boolean {
    return this.runner !== undefined;
  }

  /** Begins the transaction with the first work, so that earlier steps hold no connection. */
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

  async rollBack(cause: unknown): Promise<void> {
    const ended = this.end();
    // A silent database would not answer the rollback either, so nobody waits for it.
    if (!isConnectionError(cause)) await ended;
  }

  private async end(): Promise<void> {
    try {
      if (this.runner?.isTransactionActive) await this.runner.rollbackTransaction();
    } catch {
      // The connection is lost, and its transaction with it.
    } finally {
      await this.runner?.release().catch(() => undefined);
    }
  }
}
