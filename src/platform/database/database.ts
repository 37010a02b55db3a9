import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';
import { Gauge } from '../metrics/metric.decorator.js';
import type { Progress } from '../tasks/progress.js';
import { Config } from '../config/config.js';
import { openAsidePool } from './aside-pool.js';
import { hasNoConnectionLeft } from './database-errors.js';
import { FailFastPool, reservedOf } from './fail-fast-pool.js';
import { Purging } from './purging.js';
import { NotPrimary } from './primary-client.js';
import { type Transaction, UnitOfWork } from './unit-of-work.js';

export type { Transaction };

/** A statement of the hot path: prepared once per connection under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  /** Whether it may run on the connections that are kept free for what nobody may keep waiting. */
  readonly isReserved?: boolean;
  /** Whether what it reads decides, so that no standby may answer it. */
  readonly isDecisive?: boolean;
}

/** `statement('rooms.list', sql)`; the name must be unique, a prepared statement lives under it. */
export function statement(name: string, text: string): Statement {
  return { name, text };
}

/** A statement of the session look-up, a join, a heartbeat, a refresh or the feed, and short. */
export function reservedStatement(name: string, text: string): Statement {
  return { name, text, isReserved: true };
}

/** The same for a read by which rights or tokens are decided: only the primary may answer it. */
export function decisiveStatement(name: string, text: string): Statement {
  return { name, text, isReserved: true, isDecisive: true };
}

/** What a pooler hides is asked for with the rows: whether a standby or a read-only server answers. */
const fromPrimary = (text: string) => `
  select pg_is_in_recovery() or current_setting('transaction_read_only')::bool as "isReadOnly", found.*
    from (select 1) once
    left join lateral (select true as "isFound", read.* from (${text}) read) found on true`;

/**
 * On a connection that is destroyed where it does not lead to the primary.
 * @throws {NotPrimary}
 */
async function readPrimary<Row>(
  connect: () => Promise<pg.PoolClient>,
  { text }: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const client = await connect();
  client.on('error', nothing);
  let failure: unknown;
  try {
    const { rows } = await client.query<{ isReadOnly: boolean; isFound: true | null }>(
      fromPrimary(text),
      [...values],
    );
    if (rows.some(({ isReadOnly }) => isReadOnly)) throw new NotPrimary();
    return rows
      .filter(({ isFound }) => isFound)
      .map(({ isReadOnly: _isReadOnly, isFound: _isFound, ...row }) => row as Row);
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    client.off('error', nothing);
    client.release(failure instanceof Error ? failure : undefined);
  }
}

const nothing = () => undefined;

/** How long a purge goes on at a time. */
const PURGE_MS = 5_000;

const NOW = statement('database.now', 'select clock_timestamp() as now');

/** Postgres: named statements and transactions, on the connections that TypeORM keeps. */
@Injectable()
export class Database implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private aside: pg.Pool | undefined;
  private readonly purging = new Purging(PURGE_MS);

  constructor(
    @InjectDataSource() readonly source: DataSource,
    private readonly config: Config,
  ) {}

  private get pool(): FailFastPool {
    return (this.source.driver as unknown as { master: FailFastPool }).master;
  }

  /** Connections on this replica, and who waits for one. */
  @Gauge('pool_connections', 'Open connections to Postgres.', 'connections')
  @Gauge('pool_idle_connections', 'Those that nobody uses.', 'idle')
  @Gauge('pool_waiting', 'Statements that wait for a connection.', 'waiting')
  get load(): { connections: number; idle: number; waiting: number } {
    const { totalCount, idleCount, waitingRequests } = this.pool;
    return { connections: totalCount, idle: idleCount, waiting: waitingRequests };
  }

  /**
   * Runs one statement in a round trip of its own. Named statements are planned once per connection
   * (about half the cost of a join of several tables), which a transaction pooler cannot keep.
   */
  async query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    if (statement.isDecisive && this.config.DATABASE_POOLED)
      return this.queryPrimary(statement, values);
    const { name, text, isReserved } = statement;
    const named = this.config.DATABASE_POOLED ? {} : { name };
    const begin = () => this.pool.query<Row & object>({ ...named, text, values: [...values] });
    return (await (isReserved ? this.pool.reserved(begin) : begin())).rows;
  }

  private async queryPrimary<Row>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<Row[]> {
    const connect = () => this.pool.reserved(() => this.pool.connect());
    const rows = await readPrimary<Row>(connect, statement, values);
    this.pool.state?.notePrimary();
    return rows;
  }

  /** The same, of a statement that finds at most one row. */
  async queryOne<Row>(query: Statement, values: readonly unknown[]): Promise<Row | undefined> {
    const [row] = await this.query<Row>(query, values);
    return row;
  }

  /**
   * Does what may be about any number of rows, in batches with pauses in between, for some time at
   * most. No batch waits for the rows of another replica that purges: the statement skips them.
   * @param purge deletes or changes as many rows as its last parameter says, and returns each; found by
   *   an index, for which the clock has to stand in a subquery, and named by `ctid`, or whole tables
   *   would be read
   * @param size rows of a batch; fewer where they turn out to take long
   */
  purgeInBatches(purge: Statement, values: readonly unknown[], size: number): Promise<Progress> {
    return this.purging.inBatches(purge.name, size, async (most) => {
      const purged = await this.query(purge, [...values, most]);
      return purged.length;
    });
  }

  /**
   * On a connection of its own, of the primary: what it finds is about the database, not about the
   * queue of requests in front of it. Where Postgres does not grant that, it is one of the queue's.
   */
  async queryAside<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const aside = (this.aside ??= openAsidePool(this.config));
    try {
      return await readPrimary<Row>(() => aside.connect(), statement, values);
    } catch (error) {
      if (!hasNoConnectionLeft(error)) throw error;
      return this.queryPrimary(statement, values);
    }
  }

  onApplicationBootstrap(): void {
    if (reservedOf(this.config.DATABASE_POOL_SIZE) > 0) return;
    new Logger('Database').warn(
      'DATABASE_POOL_SIZE is below 4: no connection is kept free for joins and heartbeats',
    );
  }

  /** Before the tasks are waited for. */
  onModuleDestroy(): void {
    this.purging.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.aside?.end();
  }

  /** The database's time, the only one that counts. */
  async now(transaction: Transaction): Promise<Date> {
    const [row] = await rowsOf<{ now: Date }>(transaction, NOW, []);
    return (row as { now: Date }).now;
  }

  /** Commits if `work` resolves, rolls back if it rejects. */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.commit(this.unitOfWork(), work);
  }

  /** The same on a connection that may be of the reserved share, for a join. */
  reservedTransaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result> {
    const connect = (runner: QueryRunner) => this.pool.reserved(() => runner.connect());
    return this.commit(new UnitOfWork(this.source, connect), work);
  }

  private async commit<Result>(
    unit: UnitOfWork,
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result> {
    try {
      const result = await unit.run(work);
      await unit.commit();
      return result;
    } catch (error) {
      await unit.rollBack(error);
      throw error;
    }
  }

  /** A transaction for who must say himself when it is committed; all others use `transaction`. */
  unitOfWork(): UnitOfWork {
    return new UnitOfWork(this.source);
  }
}

/** The rows of a statement in a transaction; TypeORM wraps those of `update` and `delete`. */
export async function rowsOf<Row>(
  transaction: Transaction,
  { text }: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const result: unknown = await transaction.query(text, [...values]);
  const wrapped = Array.isArray(result) && result.length === 2 && typeof result[1] === 'number';
  return (wrapped ? (result as [Row[], number])[0] : result) as Row[];
}
