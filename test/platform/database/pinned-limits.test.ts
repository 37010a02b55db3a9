import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { dataSourceOptions } from '../../../src/platform/database/data-source.js';
import { migrate } from '../../../src/platform/database/migrate.js';
import { testConfig } from '../../support/config.js';
import { createOwnedDatabase, type OwnedDatabase } from '../../support/owned-database.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function own(settings: Readonly<Record<string, string>>): Promise<OwnedDatabase> {
  const database = await createOwnedDatabase();
  ends.push(() => database.drop());
  for (const [name, value] of Object.entries(settings))
    await database.run(`alter database ${database.name} set ${name} = '${value}'`);
  return database;
}

/** Opens a connection of the superuser to the database. */
async function watch({ name }: OwnedDatabase): Promise<pg.Client> {
  const url = Object.assign(new URL(inject('postgres').url), { pathname: `/${name}` }).href;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  ends.push(() => client.end());
  return client;
}

const LIMITS = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
];

describe('migrations', () => {
  it('migrations have no timeouts of the database, and neither has the session that holds their lock', async () => {
    const database = await own({
      ...Object.fromEntries(LIMITS.map((name) => [name, '1h'])),
      // The first command below takes longer than this timeout.
      idle_session_timeout: '1s',
    });
    const watcher = await watch(database);
    await watcher.query(`
      set idle_session_timeout = 0;
      create table public.seen (setting text, is_locked boolean);
      create function public.see() returns event_trigger security definer language plpgsql as $$
        begin
          if not exists (select from public.seen) then perform pg_sleep(1.5); end if;
          insert into public.seen
            select current_setting(name),
                   exists (select from pg_locks join pg_database on oid = database
                            where locktype = 'advisory' and granted
                              and datname = current_database())
              from unnest(array['${LIMITS.join("','")}']) name;
        end $$;
      create event trigger see on ddl_command_start execute function public.see()`);
    await migrate(testConfig({ DATABASE_URL: database.url }));
    await watcher.query('drop event trigger see');
    const { rows } = await watcher.query('select distinct setting, is_locked from seen');
    expect(rows).toEqual([{ setting: '0', is_locked: true }]);
  });
});

describe('database sessions that serve requests', () => {
  it.each(['remote_apply', 'remote_write', 'local', 'on'])(
    'a database session keeps synchronous_commit = %s',
    async (value) => {
      const { url } = await own({ synchronous_commit: value });
      const config = testConfig({ DATABASE_URL: url });
      const source = await new DataSource(dataSourceOptions(config)).initialize();
      ends.push(() => source.destroy());
      const sql = `select current_setting('synchronous_commit') as setting`;
      expect(await source.query(sql)).toEqual([{ setting: value }]);
    },
  );
});
