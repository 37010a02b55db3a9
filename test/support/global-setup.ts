import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../sandbox/postgres/postgres.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { testConfig } from './config.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database server on which databases may be created, and the migrated template to clone. */
    postgres: { url: string; template: string };
  }
}

/** Cloning a database writes 10 MB of WAL, and filling new WAL files with zeros takes a second. */
const FAST = { wal_init_zero: 'off', wal_recycle: 'off', max_wal_size: '4GB' };

async function runOn(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Starts the embedded Postgres unless `DATABASE_URL` names a server, and migrates a template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const external = process.env['DATABASE_URL'];
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  // As root, Postgres runs as another account, which must be able to enter the folder.
  await chmod(folder, 0o755);
  const embedded = external
    ? undefined
    : await startPostgres({ dataDir: join(folder, 'data'), durable: false, settings: FAST });
  const url = external ?? (embedded as { url: string }).url;
  // Each project of the tests sets up a template of its own, on the same server if it is external.
  const template = `latchkey_test_${randomBytes(6).toString('hex')}`;
  const templateUrl = Object.assign(new URL(url), { pathname: `/${template}` }).href;
  await runOn(url, `create database ${template}`);
  await migrate(testConfig({ DATABASE_URL: templateUrl }));
  project.provide('postgres', { url, template });
  return async () => {
    if (embedded) await embedded.stop('immediate');
    else await runOn(url, `drop database ${template} with (force)`);
    await rm(folder, { recursive: true, force: true });
  };
}
