import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { Config } from '../config/config.js';
import { isConnectionError } from './database-errors.js';
import { migrations } from './migrations/index.js';

/** An arbitrary number that stands for this lock, the same in every version. */
const LOCK = 7_253_180_415;
const POLL_MS = 200;

/** The database has been migrated by a server that older ones cannot work beside. */
export class SchemaTooNew extends Error {}

async function withLock(url: string, work: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_500 });
  // The connection may end under us; the next query then says so.
  client.on('error', () => undefined);
  await client.connect();
  try {
    // Polled: waiting in the lock itself would hold a snapshot that `create index concurrently`
    // waits for.
    for (;;) {
      const { rows } = await client.query<{ locked: boolean }>(
        'select pg_try_advisory_lock($1) as locked',
        [LOCK],
      );
      if (rows[0]?.locked) break;
      await sleep(POLL_MS);
    }
    await work();
  } finally {
    await client.end();
  }
}

async function refuseIncompatible(source: DataSource): Promise<void> {
  const [table] = await source.query<{ exists: boolean }[]>(
    `select to_regclass('server_requirement') is not null as exists`,
  );
  if (!table?.exists) return;
  const [needed] = await source.query<{ migration: string }[]>(
    'select oldest_migration as migration from server_requirement',
  );
  if (needed && !migrations.some((migration) => migration.name === needed.migration))
    throw new SchemaTooNew('The database needs a newer version of this server.');
}

/**
 * Brings the schema up to date, from any number of replicas at once, and waits for a database that
 * is not there yet.
 * @param patienceMs how long to wait for the database to accept connections
 * @throws {SchemaTooNew} if the schema says that it needs a newer server
 */
export async function migrate(config: Config, patienceMs = 30_000): Promise<void> {
  const url = config.DATABASE_DIRECT_URL ?? config.DATABASE_URL;
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return await withLock(url, () => runMigrations(url));
    } catch (error) {
      if (!isConnectionError(error) || performance.now() > giveUpAt) throw error;
      await sleep(500);
    }
  }
}

async function runMigrations(url: string): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url,
    migrations,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    poolSize: 2,
    logging: false,
    installExtensions: false,
  });
  await source.initialize();
  try {
    await refuseIncompatible(source);
    await source.runMigrations();
  } finally {
    await source.destroy();
  }
}
