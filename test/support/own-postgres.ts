import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startPostgres } from '../../sandbox/postgres/postgres.js';
import type { TestDatabase } from './database.js';

/** A Postgres for one test, which may be stopped under load; its database is not migrated yet. */
export interface OwnPostgres {
  readonly server: EmbeddedPostgres;
  readonly database: TestDatabase;
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-faults-'));
  await chmod(folder, 0o755);
  // Committed data survive the end of the server, but not a crash of the machine.
  const dataDir = join(folder, 'data');
  const server = await startPostgres({ dataDir, durable: false });
  const pool = new pg.Pool({ connectionString: server.url, max: 4 });
  pool.on('error', () => undefined);
  const database: TestDatabase = {
    url: server.url,
    query: async <Row extends object>(sql: string, values: unknown[] = []) =>
      (await pool.query<Row>(sql, values)).rows,
    drop: async () => {
      await pool.end();
      await server.stop('immediate');
      await rm(folder, { recursive: true, force: true });
    },
  };
  return { server, database };
}
