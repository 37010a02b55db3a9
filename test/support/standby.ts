import { chmod, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { accountFor, giveTo } from '../../sandbox/postgres/account.js';
import { passwordFile } from '../../sandbox/postgres/password.js';
import { type EmbeddedPostgres, startPostgres } from '../../sandbox/postgres/postgres.js';
import type { TestDatabase } from './database.js';

/** Two nodes: a primary, and a standby that follows it by streaming replication. */
export interface PostgresPair {
  /** The database of the current primary; its URL is the URL of the first node. */
  readonly database: TestDatabase;
  readonly ports: { readonly first: number; readonly second: number };
  /**
   * A planned switchover: the first node stops, the second node is promoted, and the first node comes
   * back as its standby, which answers reads with the state at the switchover.
   */
  switchOver(): Promise<void>;
}

async function runOn(server: EmbeddedPostgres, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Starts Postgres on a data folder that follows another server. */
async function startStandby(
  dataDir: string,
  primary: EmbeddedPostgres,
  port?: number,
): Promise<EmbeddedPostgres> {
  const signal = join(dataDir, 'standby.signal');
  await writeFile(signal, '');
  await giveTo(await accountFor(dataDir), signal);
  const { port: primaryPort, password } = new URL(primary.url);
  const primary_conninfo = `host=127.0.0.1 port=${primaryPort} user=postgres password=${password}`;
  const settings = { primary_conninfo };
  return startPostgres({ dataDir, durable: false, settings, ...(port && { port }) });
}

export async function startPair(): Promise<PostgresPair> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-pair-'));
  await chmod(folder, 0o755);
  const wish = join(folder, 'first');
  let first = await startPostgres({ dataDir: wish, durable: false });
  const { dataDir } = first;
  // The folder is a copy of a stopped server; the superuser's password lies beside it.
  await first.stop();
  const copy = join(folder, 'second');
  await cp(dataDir, copy, { recursive: true });
  await cp(passwordFile(dataDir), passwordFile(copy));
  await giveTo(await accountFor(copy), copy);
  await first.restart();
  const second = await startStandby(copy, first);

  const poolOf = (server: EmbeddedPostgres) =>
    new pg.Pool({ connectionString: server.url, max: 4 }).on('error', () => undefined);
  let pool = poolOf(first);
  return {
    ports: { first: first.port, second: second.port },
    database: {
      url: first.url,
      query: async <Row extends object>(sql: string, values: unknown[] = []) =>
        (await pool.query<Row>(sql, values)).rows,
      drop: async () => {
        await pool.end();
        await Promise.all([first.stop('immediate'), second.stop('immediate')]);
        await rm(folder, { recursive: true, force: true });
      },
    },
    switchOver: async () => {
      await pool.end();
      // A fast stop waits until the standby has received every commit.
      await first.stop('fast');
      await runOn(second, 'select pg_promote()');
      pool = poolOf(second);
      first = await startStandby(dataDir, second, first.port);
      await runOn(first, 'select pg_wal_replay_pause()');
    },
  };
}
