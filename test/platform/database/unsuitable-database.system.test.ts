import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/platform/config/config.js';
import { migrate } from '../../../src/platform/database/migrate.js';
import { reasonOf } from '../../../src/platform/database/reason.js';
import { testConfig, testEnvironment } from '../../support/config.js';
import { type Line, startLoggedServer } from '../../support/logged-server.js';
import { createOwnedDatabase, type OwnedDatabase } from '../../support/owned-database.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function own(options?: string): Promise<OwnedDatabase> {
  const database = await createOwnedDatabase(options);
  ends.push(() => database.drop());
  return database;
}

/** Returns the message of a refused start; the patience exceeds every test's timeout. */
async function refusal(variables: Record<string, string>): Promise<string> {
  const start = migrate(testConfig(variables), 600_000);
  return start.then(
    () => 'it starts',
    (error: unknown) => reasonOf(error),
  );
}

describe('a database address with several hosts', () => {
  const several = [
    'postgres://u:p@h1,h2/db',
    'postgres://u:p@h1:5432,h2:5432/db',
    'postgresql://h1,h2,h3',
    'postgres://u:p@h1%2Ch2/db',
    'postgres:///db?host=a,b',
    'postgres://h1/db?hostaddr=10.0.0.1,10.0.0.2&sslmode=require',
    'postgres:///db?host=a&host=b',
  ];
  it.each(
    several.flatMap((url) => [
      ['DATABASE_URL', url],
      ['DATABASE_DIRECT_URL', url],
    ]),
  )('several hosts in %s (%s) are refused, with advice', (variable = '', url = '') => {
    const read = () => readConfig({ ...testEnvironment, [variable]: url });
    expect(read).toThrow(new RegExp(`${variable}\\b.*must name one host; put HAProxy`));
  });

  it.each([
    'postgres://u:p,w@h1/db',
    'postgres://u:p@h1/a,b',
    'postgres://h1/db?options=-c%20search_path=a,b',
    'postgres://[::1]:5432/db',
  ])('%s counts as one host', (url) => {
    expect(readConfig({ ...testEnvironment, DATABASE_URL: url }).DATABASE_URL).toBe(url);
  });
});

describe('a start on an unusable database', () => {
  it.each(['LATIN1', 'SQL_ASCII', 'WIN1252'])(
    'a database with the encoding %s is refused at once',
    async (encoding) => {
      const { url } = await own(`encoding '${encoding}' locale 'C' template template0`);
      const said = await refusal({ DATABASE_URL: url });
      expect(said).toMatch(`The encoding of the database is ${encoding}; create it again with`);
    },
  );

  it.each(['130014', '120022', '90624'])(
    'a database of version %s is refused at once',
    async (version) => {
      const { url, name, run } = await own();
      // A function that Postgres finds before its own makes the server look older.
      await run(`alter database ${name} set search_path = public, pg_catalog`);
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`create schema if not exists public;
      create function public.current_setting(name text) returns text language sql as $$
        select case name when 'server_version_num' then '${version}'
                         else pg_catalog.current_setting(name) end $$`);
      await client.end();
      expect(await refusal({ DATABASE_URL: url })).toMatch(/is too old; version 14 or newer/);
    },
  );

  const wrong = [
    ['28P01: the password in', (url: URL) => Object.assign(url, { password: 'wrong' })],
    ['28P01: the password in', (url: URL) => Object.assign(url, { username: 'nobody_here' })],
    ['3D000: the database does not exist', (url: URL) => Object.assign(url, { pathname: '/none' })],
  ] as const;
  it.each(wrong)(
    'a start fails at once with "%s …", and the message names the variable',
    async (meaning, spoil) => {
      const { url } = await own();
      const spoilt = spoil(new URL(url)).href;
      const said = await refusal({ DATABASE_URL: spoilt });
      expect(said).toContain(meaning);
      expect(said).toMatch(/\bDATABASE_URL\b/);
      const direct = { DATABASE_URL: url, DATABASE_DIRECT_URL: spoilt, DATABASE_POOLED: 'on' };
      expect(await refusal(direct)).toMatch(/\bDATABASE_DIRECT_URL\b/);
    },
  );

  it.each([
    ['DateStyle', `'German, DMY'`],
    ['bytea_output', 'escape'],
    ['standard_conforming_strings', 'off'],
    ['default_transaction_isolation', `'repeatable read'`],
    ['synchronous_commit', 'off'],
  ])('a start behind a pooler is refused if %s is %s', async (name, value) => {
    const { url, role, run } = await own();
    await run(`alter role ${role} set ${name} = ${value}`);
    const said = await refusal({ DATABASE_URL: url, DATABASE_POOLED: 'on' });
    expect(said).toContain(`alter role … set ${name} = `);
    expect(await refusal({ DATABASE_URL: url })).toBe('it starts');
  });
});

describe('a start before the database is available', () => {
  it('the server logs at once that nothing listens, and starts when something does', async () => {
    const { url } = await own();
    const proxy = await TcpProxy.to(Number(new URL(url).port));
    ends.push(() => proxy.close());
    await proxy.close();
    const lines: Line[] = [];
    const starting = startLoggedServer({ DATABASE_URL: proxy.through(url) }, lines);
    await expect
      .poll(() => lines.map(({ msg }) => msg))
      .toEqual([expect.stringMatching(/^waiting for the database: ECONNREFUSED: nothing listens/)]);
    await sleep(1_000);
    await proxy.reopen();
    const server = await starting;
    ends.push(() => server.stop());
    expect((await server.join()).status).toBe(200);
    // There is one line, however many attempts there were.
    expect(lines.filter(({ msg }) => msg.startsWith('waiting'))).toHaveLength(1);
  });

  it('the server logs at once that the database is read-only, and starts when it is writable', async () => {
    const { url, name, run } = await own();
    await run(`alter database ${name} set default_transaction_read_only = on`);
    const lines: Line[] = [];
    const starting = startLoggedServer({ DATABASE_URL: url }, lines);
    await expect
      .poll(() => lines.map(({ msg }) => msg))
      .toEqual([expect.stringMatching(/^waiting for the database: 25006: .* the primary$/)]);
    await run(`alter database ${name} reset default_transaction_read_only`);
    const server = await starting;
    ends.push(() => server.stop());
    expect((await server.join()).status).toBe(200);
  });
});
