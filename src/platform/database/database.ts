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
  /** Whether it may use the connections that are reserved for urgent work. */
  readonly isReserved?: boolean;
  /** Whether decisions depend on it, so that a standby must not answer it. */
  readonly isDecisive?: boolean;
}

/** `statement('rooms.list', sql)`; the name must be unique, because it is prepared under it. */
export function statement(name: string, text: string): Statement {
  return { name, text };
}

/** Creates a short statement of the session look-up, a join, a heartbeat, a refresh or the feed. */
export function reservedStatement(name: string, text: string): Statement {
  return { name, text, isReserved: true };
}

/** Creates a reserved statement on which rights or tokens depend: only the primary answers it. */
export function decisiveStatement(name: string, text: string): Statement {
  return { name, text, isReserved: true, isDecisive: true };
}

/** Reads together with the rows whether a standby answers, which a pooler hides. */
const fromPrimary = (text: string) => `
  select pg_is_in_recovery() or current_setting('transaction_read_only')::bool as "isReadOnly", found.*
    from (select 1) once
    left join lateral (select true as "isFound", read.* from (${text}) read) found on true`;

/** Reads on a connection that is destroyed if it leads to a standby. @throws {NotPrimary} */
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

const PURGE_MS = 5_000;

const NOW = statement('database.now', 'select clock_timestamp() as now');

/** Postgres: named statements and transactions, on the connections that TypeORM manages. */
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

  @Gauge('pool_connections', 'Open connections to Postgres.', 'connections')
  @Gauge('pool_idle_connections', 'Open connections that are not in use.', 'idle')
  @Gauge('pool_waiting', 'Statements waiting for a connection.', 'waiting')
  get load(): { connections: number; idle: number; waiting: number } {
    const { totalCount, idleCount, waitingRequests } = this.pool;
    return { connections: totalCount, idle: idleCount, waiting: waitingRequests };
  }

  /** A named statement is planned once per connection, which halves the cost of large joins. */
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

  async queryOne<Row>(query: Statement, values: readonly unknown[]): Promise<Row | undefined> {
    const [row] = await this.query<Row>(query, values);
    return row;
  }

  /**
   * Works on any number of rows, in batches with pauses in between and for a limited time.
   * @param purge changes at most as many rows as its last parameter says, and returns each of them.
   * Without the clock in a subquery, and rows named by `ctid`, it would read whole tables
   */
  purgeInBatches(purge: Statement, values: readonly unknown[], size: number): Promise<Progress> {
    return this.purging.inBatches(purge.name, size, async (most) => {
      const purged = await this.query(purge, [...values, most]);
      return purged.length;
    });
  }

  /** Runs a statement beside the queue of requests, so that its result depends on the database. */
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
      'DATABASE_POOL_SIZE is below 4: no connection is reserved for joins and heartbeats',
    );
  }

  /** Runs before the shutdown waits for the tasks. */
  onModuleDestroy(): void {
    this.purging.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.aside?.end();
  }

  /** Returns the database's time; decisions use no other clock. */
  async now(transaction: Transaction): Promise<Date> {
    const [row] = await rowsOf<{ now: Date }>(transaction, NOW, []);
    return (row as { now: Date }).now;
  }

  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.commit(this.unitOfWork(), work);
  }

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

  /** Opens a transaction whose owner decides when to commit; other callers use `transaction`. */
  unitOfWork(): UnitOfWork {
    return new UnitOfWork(this.source);
  }
}

/** Returns a statement's rows in a transaction; TypeORM wraps those of `update` and `delete`. */
export async function rowsOf<Row>(
  transaction: Transaction,
  { text }: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const result: unknown = await transaction.query(text, [...values]);
  const wrapped = Array.isArray(result) && result.length === 2 && typeof result[1] === 'number';
  return (wrapped ? (result as [Row[], number])[0] : result) as Row[];
}
