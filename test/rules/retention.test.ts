import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OF_ROOMS } from '../../src/rooms/history/deleted-rooms.repository.js';
import { OF_USERS } from '../../src/users/accounts/erasure.repository.js';
import { cloneDatabase, type TestDatabase } from '../support/database.js';

/** How the rows of a table end: the statement that purges them, or the reason why none is needed. */
type Retention = { readonly purge: readonly string[] } | { readonly reason: string };

const RETENTION: Readonly<Record<string, Retention>> = {
  access_code_grants: { reason: 'one for a person and a room, deleted with either' },
  api_key_secrets: { purge: ['api-key-secrets.purge'] },
  api_keys: { reason: 'at most 100, kept until an administrator deletes them' },
  audit_entries: { purge: ['audit.purge'] },
  bans: { purge: ['bans.remove-ended'] },
  dead_session_reporters: { purge: ['old-reports.'] },
  dead_sessions: { purge: ['old-reports.'] },
  encryption_keys: { reason: 'one for each key of SECRET_KEYS that was the first' },
  former_slugs: { reason: 'one for each slug that a room has given up' },
  holders: { purge: ['holders.purge'] },
  idempotency_marks: { purge: ['idempotency.sweep'] },
  invites: { purge: ['invites.purge'] },
  issuer_sign_ins: { purge: ['issuer-sign-ins.'] },
  members: { reason: 'a setting of the room, kept until it is removed' },
  migrations: { reason: 'one for each migration' },
  pending_rekeys: { reason: 'at most one for a room, for the ten seconds of a pause' },
  raised_alarms: { purge: ['alarms.purge'] },
  rate_limits: { purge: ['quotas.sweep'] },
  room_events: { purge: ['events.purge'] },
  room_feeds: { reason: 'one for a room, deleted with it' },
  room_generations: { purge: ['generations.purge'] },
  room_tokens: { reason: 'one for a room, deleted with it' },
  rooms: { purge: ['rooms.purge'] },
  seats: { purge: ['seats.sweep'] },
  server_keys: {
    reason: 'two or three: replaced keys are removed when their last token has expired',
  },
  server_requirement: { reason: 'one row at most' },
  sessions: { purge: ['sessions.by-', 'sessions.idle.purge'] },
  sign_in_marks: { purge: ['sign-in-marks.purge'] },
  throttles: { purge: ['guesses.sweep'] },
  users: { purge: ['guests.purge', 'users.erased.lock', 'users.identities.purge'] },
  wrong_access_codes: { reason: 'at most one for a room, deleted with it' },
};

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Every statement of the product, from its name on. */
const statements = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /(repository|service|statements)\.ts$/.test(file))
  .flatMap((file) =>
    read(join('src', file))
      .split(/statement\(\s*['`]/)
      .slice(1),
  );

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

/** Returns the columns whose foreign keys delete rows together with a row of this table. */
async function goingWith(table: string): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `select c.conrelid::regclass || '.' || a.attname as name
       from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
      where c.contype = 'f' and c.confdeltype = 'c' and c.confrelid = $1::regclass`,
    [table],
  );
  return rows.map(({ name }) => name);
}

const namesOf = (belongings: readonly { table: string; column: string }[]) =>
  belongings.map(({ table, column }) => `${table}.${column}`);

describe('the retention of tables', () => {
  it('every table has a retention or a reason why it needs none', async () => {
    const rows = await database.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    const names = rows.map(({ name }) => name).sort();
    expect(Object.keys(RETENTION).sort()).toEqual(names);
  });

  it('every table is in docs/operations.md with the time for which its rows are kept', () => {
    const documented = [...read('docs/operations.md').matchAll(/^\| `(\w+)` +\| (.+) \|$/gm)];
    const tables = documented.map(([, table = '']) => table).filter((table) => table in RETENTION);
    expect(tables.toSorted()).toEqual(
      Object.keys(RETENTION).filter((table) => table !== 'migrations'),
    );
  });

  it('every purge has its statement, which skips rows that other transactions have locked', () => {
    const names = Object.values(RETENTION).flatMap((each) => ('purge' in each ? each.purge : []));
    const wrong = names.filter((name) => {
      const statement = statements.find((text) => text.startsWith(name));
      return !statement || !/for update( of \w+)? skip locked/.test(statement);
    });
    expect(wrong).toEqual([]);
  });
});

describe('rows that belong to a user or a room, in any number', () => {
  it('rows of a user are deleted in batches before the user', async () => {
    expect(namesOf(OF_USERS).toSorted()).toEqual((await goingWith('users')).sort());
  });

  it('rows of a room are deleted in batches before the room', async () => {
    // `holders` and the other three are exempt: the purge of a room waits for its holders, and the feed
    // is one row whose events are deleted first.
    const others = [
      'holders.room_id',
      'room_feeds.room_id',
      'room_tokens.room_id',
      'wrong_access_codes.room_id',
    ];
    const removed = [...namesOf(OF_ROOMS), ...others].filter(
      (name) => name !== 'room_events.room_id',
    );
    expect(removed.toSorted()).toEqual((await goingWith('rooms')).sort());
    expect(await goingWith('room_feeds')).toEqual(['room_events.room_id']);
  });

  it('rows of a user or a room are found by an index', async () => {
    const missing = await database.query<{ name: string }>(
      `select c.conrelid::regclass || '.' || a.attname as name
         from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and not exists (
          select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1])`,
    );
    expect(missing).toEqual([]);
  });
});
