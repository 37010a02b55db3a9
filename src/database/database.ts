import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { Config } from '../config/config.js';
import { type Transaction, UnitOfWork } from './unit-of-work.js';

export type { Transaction };

/** A statement of the hot path: prepared once per connection under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** `statement('join.read', sql)`; the name must be unique, a prepared statement lives under it. */
export function statement(name: string, text: string): Statement {
  return { name, text };
}

const ASIDE_MS = 1_000;

const NOW = statement('database.now', 'select clock_timestamp() as now');

/** Postgres: named statements and transactions, on the connections that TypeORM keeps. */
@Injectable()
export class Database implements OnApplicationShutdown {
  private aside: pg.Pool | undefined;

  constructor(
    @InjectDataSource() readonly source: DataSource,
    private readonly config: Config,
  ) {}

  private get pool(): pg.Pool {
    return (this.source.driver as unknown as { master: pg.Pool }).master;
  }

  /** Connections on this replica, and who waits for one. */
  get load(): { connections: number; idle: number; waiting: number } {
    const { totalCount, idleCount, waitingCount } = this.pool;
    return { connections: totalCount, idle: idleCount, waiting: waitingCount };
  }

  /**
   * Runs one statement in a round trip of its own. Named statements are planned once per connection
   * (about half the cost of a join of several tables), which a transaction pooler cannot keep.
   */
  async query<Row>({ name, text }: Statement, values: readonly unknown[]): Promise<Row[]> {
    const named = this.config.DATABASE_POOLED ? {} : { name };
    const result = await this.pool.query<Row & object>({ ...named, text, values: [...values] });
    return result.rows;
  }

  /** The same, of a statement that finds at most one row. */
  async queryOne<Row>(query: Statement, values: readonly unknown[]): Promise<Row | undefined> {
    const [row] = await this.query<Row>(query, values);
    return row;
  }

  /**
   * On a connection of its own: what it finds is about the database, not about the queue of requests
   * in front of it.
   */
  async queryAside<Row>({ text }: Statement, values: readonly unknown[]): Promise<Row[]> {
    this.aside ??= this.openAside();
    const result = await this.aside.query<Row & object>(text, [...values]);
    return result.rows;
  }

  private openAside(): pg.Pool {
    const pool = new pg.Pool({
      connectionString: this.config.DATABASE_URL,
      max: 1,
      connectionTimeoutMillis: ASIDE_MS,
      query_timeout: ASIDE_MS,
      application_name: 'latchkey',
    });
    // A connection that ends while nobody uses it is opened anew by who needs it next.
    pool.on('error', () => undefined);
    return pool;
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
  async transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const unit = this.unitOfWork();
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
