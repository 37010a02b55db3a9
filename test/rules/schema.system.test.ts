import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';
import { dataSourceOptions } from '../../src/platform/database/data-source.js';
import { migrate, SchemaTooNew } from '../../src/platform/database/migrate.js';
import { migrations } from '../../src/platform/database/migrations/index.js';
import { Room } from '../../src/rooms/settings/room.entity.js';
import { User } from '../../src/users/accounts/user.entity.js';
import { startApp } from '../support/app.js';
import { testConfig } from '../support/config.js';

const { url: serverUrl } = inject('postgres');
const server = new pg.Pool({ connectionString: serverUrl, max: 2 });
const databases: string[] = [];

afterEach(async () => {
  for (const name of databases.splice(0)) await server.query(`drop database ${name} with (force)`);
});
afterAll(() => server.end());

async function emptyDatabase(): Promise<string> {
  const name = `latchkey_rules_${randomBytes(6).toString('hex')}`;
  await server.query(`create database ${name}`);
  databases.push(name);
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
}

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const migrateAt = (url: string) => migrate(testConfig({ DATABASE_URL: url }), 2_000);

/** Returns every part of a schema as a text. */
async function schemaOf(url: string): Promise<string[]> {
  const rows = await query<{ part: string }>(
    url,
    `select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
            || coalesce(column_default, '') as part
       from information_schema.columns where table_schema = 'public'
     union all select indexdef from pg_indexes where schemaname = 'public'
     union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
       from pg_constraint where connamespace = 'public'::regnamespace
     order by 1`,
  );
  return rows.map(({ part }) => part).filter((part) => !/\bmigrations\b/.test(part));
}

async function migrationSource(url: string): Promise<DataSource> {
  const source = new DataSource({
    type: 'postgres',
    url,
    migrations,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    installExtensions: false,
  });
  return source.initialize();
}

describe('the entities', () => {
  it('the test knows all entities, and they equal the schema that the migrations create', async () => {
    const app = await startApp();
    try {
      const source = app.app.get(DataSource);
      const entities = source.entityMetadatas.map(({ target }) => target);
      expect(new Set(entities)).toEqual(new Set([Room, User]));
      const { upQueries } = await source.driver.createSchemaBuilder().log();
      // Tables without an entity are ignored; everything that an entity declares must exist.
      expect(upQueries.map((each) => each.query)).toEqual([]);
    } finally {
      await app.stop();
    }
  });

  it('a difference between an entity and the schema is found', async () => {
    const url = await emptyDatabase();
    await migrateAt(url);
    await query(url, 'alter table rooms drop constraint rooms_capacity_check');
    await query(url, 'alter table users alter column display_name drop not null');
    const options = dataSourceOptions(testConfig({ DATABASE_URL: url }));
    const source = await new DataSource({
      ...options,
      entities: [Room, User],
    }).initialize();
    try {
      const { upQueries } = await source.driver.createSchemaBuilder().log();
      const statements = upQueries.map((each) => each.query).join('\n');
      expect(statements).toMatch(/rooms_capacity_check/);
      expect(statements).toMatch(/display_name/);
    } finally {
      await source.destroy();
    }
  });
});

describe('the migrations', () => {
  it('the migrations are in order and dated, and each has a name of its own', () => {
    const names = migrations.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const times = names.map((name) => Number(/\d{13}$/.exec(name)?.[0]));
    expect(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0))).toBe(true);
    for (const Migration of migrations) expect(new Migration().name).toBe(Migration.name);
  });

  it('every migration can be reverted and applied again, with the same result', async () => {
    const url = await emptyDatabase();
    await migrateAt(url);
    const whole = await schemaOf(url);
    const source = await migrationSource(url);
    try {
      const steps = [whole];
      for (let count = 0; count < migrations.length; count += 1) {
        await source.undoLastMigration();
        steps.push(await schemaOf(url));
      }
      expect(steps.at(-1)).toEqual([]);
      for (let count = migrations.length - 1; count >= 0; count -= 1)
        expect(steps[count]).not.toEqual(steps[count + 1]);
      await source.runMigrations();
      expect(await schemaOf(url)).toEqual(whole);
    } finally {
      await source.destroy();
    }
  });

  it('no constraint and no index has a name that Postgres generated', async () => {
    const url = await emptyDatabase();
    await migrateAt(url);
    const rows = await query<{ name: string }>(
      url,
      `select conname as name from pg_constraint
        where connamespace = 'public'::regnamespace and conrelid <> 'migrations'::regclass
          and contype <> 'n'
       union select indexname from pg_indexes
        where schemaname = 'public' and tablename <> 'migrations'`,
    );
    const odd = rows.filter(({ name }) => !/_(pkey|fkey|key|idx|check)$/.test(name));
    expect(odd).toEqual([]);
  });
});

describe('the start of a server', () => {
  it('five replicas that start simultaneously on an empty database migrate it once', async () => {
    const url = await emptyDatabase();
    await Promise.all(Array.from({ length: 5 }, () => migrateAt(url)));
    const rows = await query<{ name: string }>(url, 'select name from migrations order by id');
    expect(rows.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name));
  });

  it('a start on a database that needs a newer server is refused, and changes nothing', async () => {
    const url = await emptyDatabase();
    await migrateAt(url);
    await query(url, `insert into server_requirement values (true, 'Tomorrow1999999999999')`);
    const before = await schemaOf(url);
    await expect(migrateAt(url)).rejects.toThrow(SchemaTooNew);
    expect(await schemaOf(url)).toEqual(before);
  });

  it('a start on a database that needs this server succeeds', async () => {
    const url = await emptyDatabase();
    await migrateAt(url);
    const newest = migrations.at(-1)?.name;
    await query(url, `insert into server_requirement values (true, '${newest}')`);
    await expect(migrateAt(url)).resolves.toBeUndefined();
  });

  it('a start on a newer database that allows this server succeeds, so that an upgrade can be undone', async () => {
    const url = await emptyDatabase();
    await migrateAt(url);
    await query(url, `insert into migrations (timestamp, name) values (1999999999999, 'Tomorrow')`);
    await query(url, 'alter table rooms add column tomorrow text');
    await expect(migrateAt(url)).resolves.toBeUndefined();
  });

  it('a start on an unreachable database fails after its patience', async () => {
    const config = testConfig({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' });
    await expect(migrate(config, 0)).rejects.toThrow('ECONNREFUSED');
  });
});
