import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { Config } from '../config/config.js';
import { isFinal, meaningOf } from './causes.js';
import { CannotConnect, codeOf, isConnectionError } from './database-errors.js';
import { migrations } from './migrations/index.js';
import { PIN_FOR_MIGRATIONS, PIN_FORMS } from './session-settings.js';
import { refuseUnsuitable, refuseUnsuitablePooler, UnsuitableDatabase } from './suitable-server.js';

/** An arbitrary number for the lock of migrations, the same in every version. */
const LOCK = 7_253_180_415;
const POLL_MS = 200;

/** The database was migrated by a newer server that older servers cannot run beside. */
export class SchemaTooNew extends Error {}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_500 });
  // If the connection ends, the next query fails and reports it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await refuseUnsuitable(client);
    await work(client);
  } finally {
    await client.end();
  }
}

// Polled: a waiting query would hold a snapshot, which blocks `create index concurrently`.
async function lock(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>(
      'select pg_try_advisory_lock($1) as locked',
      [LOCK],
    );
    if (rows[0]?.locked) return;
    await sleep(POLL_MS);
  }
}

async function hasTable(client: pg.Client, name: string): Promise<boolean> {
  const sql = 'select to_regclass($1) is not null as exists';
  const { rows } = await client.query<{ exists: boolean }>(sql, [name]);
  return rows[0]?.exists === true;
}

/** Whether every migration of this server has run; this is the usual case, and needs no lock. */
async function isUpToDate(client: pg.Client): Promise<boolean> {
  if (!(await hasTable(client, 'migrations'))) return false;
  const { rows } = await client.query<{ name: string }>('select name from migrations');
  const run = new Set(rows.map(({ name }) => name));
  return migrations.every(({ name }) => run.has(name));
}

async function refuseIncompatible(client: pg.Client): Promise<void> {
  if (!(await hasTable(client, 'server_requirement'))) return;
  const { rows } = await client.query<{ migration: string }>(
    'select oldest_migration as migration from server_requirement',
  );
  const [needed] = rows;
  if (needed && !migrations.some((migration) => migration.name === needed.migration))
    throw new SchemaTooNew('The database needs a newer version of this server.');
}

/** Waits for the database, and migrates it. @throws {SchemaTooNew | UnsuitableDatabase} */
export async function migrate(config: Config, patienceMs = 30_000): Promise<void> {
  const { DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_POOLED } = config;
  const variable = DATABASE_DIRECT_URL ? 'DATABASE_DIRECT_URL' : 'DATABASE_URL';
  const url = DATABASE_DIRECT_URL ?? DATABASE_URL;
  // Behind a pooler, the settings for migrations would lift the limits of all other sessions.
  const pins = DATABASE_POOLED && !DATABASE_DIRECT_URL ? PIN_FORMS : PIN_FOR_MIGRATIONS;
  const giveUpAt = performance.now() + patienceMs;
  await patiently(variable, giveUpAt, () =>
    withClient(url, (client) => bringUpToDate(client, url, pins)),
  );
  if (DATABASE_POOLED)
    await patiently('DATABASE_URL', giveUpAt, () =>
      withClient(DATABASE_URL, refuseUnsuitablePooler),
    );
}

/** Retries failures that may pass, and logs each once. @throws {UnsuitableDatabase} for others */
async function patiently(
  variable: string,
  giveUpAt: number,
  work: () => Promise<void>,
): Promise<void> {
  const logger = new Logger('Database');
  let waitsFor: string | undefined;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const code = codeOf(error);
      const meaning = meaningOf(code, variable);
      if (isFinal(code))
        throw new UnsuitableDatabase(`The database cannot be used: ${meaning}.`, { cause: error });
      if (!isConnectionError(error)) throw error;
      if (performance.now() > giveUpAt)
        throw error instanceof Error ? new CannotConnect(error) : error;
      if (waitsFor !== code) logger.warn({ code }, `waiting for the database: ${meaning}`);
      waitsFor = code;
      await sleep(500);
    }
  }
}

async function bringUpToDate(client: pg.Client, url: string, pins: string): Promise<void> {
  await client.query(pins);
  if (await isUpToDate(client)) return refuseIncompatible(client);
  await lock(client);
  await refuseIncompatible(client);
  await runMigrations(url, pins);
}

async function runMigrations(url: string, pins: string): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url,
    migrations,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    poolSize: 2,
    logging: false,
    installExtensions: false,
    extra: { onConnect: (client: pg.ClientBase) => client.query(pins) },
  });
  await source.initialize();
  try {
    await source.runMigrations();
  } finally {
    await source.destroy();
  }
}
