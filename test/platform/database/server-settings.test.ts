import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Readiness } from '../../../src/operations/health/health.schema.js';
import { type LoggedServer, startLoggedServer } from '../../support/logged-server.js';
import { createOwnedDatabase, type OwnedDatabase } from '../../support/owned-database.js';
import type { SignedIn } from '../../support/shapes.js';

/** Settings that an operator or a template may have changed, and the values that a session must have. */
const settings = [
  ['DateStyle', 'German, DMY', 'ISO, YMD'],
  ['IntervalStyle', 'iso_8601', 'postgres'],
  ['TimeZone', 'Asia/Kathmandu', 'UTC'],
  ['bytea_output', 'escape', 'hex'],
  ['extra_float_digits', '-15', '1'],
  ['standard_conforming_strings', 'off', 'on'],
  ['array_nulls', 'off', 'on'],
  ['default_transaction_isolation', 'serializable', 'read committed'],
  ['default_transaction_deferrable', 'on', 'off'],
  ['statement_timeout', '1h', '2s'],
  ['lock_timeout', '1h', '1s'],
  ['idle_in_transaction_session_timeout', '1h', '5s'],
  ['idle_session_timeout', '1h', '0'],
  ['transaction_timeout', '1h', '0'],
  ['synchronous_commit', 'off', 'on'],
] as const;

let database: OwnedDatabase;
let server: LoggedServer;

beforeAll(async () => {
  database = await createOwnedDatabase();
  for (const [name, value] of settings) {
    // The elements of a list have to be set one by one.
    const values = value.split(', ').map((each) => `'${each}'`);
    await database.run(`alter database ${database.name} set ${name} = ${values.join(', ')}`);
  }
  // The migrations run under these settings too.
  server = await startLoggedServer({ DATABASE_URL: database.url });
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

describe('a database with unusual settings', () => {
  it.each(settings)('a session with %s = %s in the database uses %s', async (name, _, pinned) => {
    const sql = 'select current_setting($1) as setting';
    expect(await server.app.get(DataSource).query(sql, [name])).toEqual([{ setting: pinned }]);
  });

  it('sign-ins, simultaneous joins of one room and refreshes work', async () => {
    const { admin, anyone } = server;
    const joins = await Promise.all(Array.from({ length: 20 }, () => server.join()));
    expect(joins.map(({ status }) => status)).toEqual(joins.map(() => 200));
    expect(new Set(joins.map(({ body }) => body.token)).size).toBe(1);
    const { refreshToken = '' } = admin.signedIn ?? {};
    const refreshed = await anyone.post<SignedIn>('/v1/auth/refresh', { refreshToken });
    expect(refreshed.status).toBe(200);
    const again = anyone.as(refreshed.body);
    expect((await again.get('/v1/me')).status).toBe(200);
    expect((await again.get('/v1/me/sessions')).status).toBe(200);
  });

  it('the server is ready, and reports when it last called CAS', async () => {
    await server.join();
    const { status, body } = await server.anyone.get<Readiness>('/health/ready');
    expect([status, body.status]).toEqual([200, 'ready']);
    const age = Date.now() - Date.parse(String(body.parts.cas.triedAt));
    expect(Math.abs(age)).toBeLessThan(600_000);
  });

  it('times and tokens are read as they were written', async () => {
    const before = Date.now();
    const { body } = await server.join();
    expect(body.token).toMatch(/^[\w.-]+$/);
    const expiresAt = Date.parse(body.expiresAt);
    expect(expiresAt).toBeGreaterThan(before);
    expect(expiresAt).toBeLessThan(before + 86_400_000);
  });
});
