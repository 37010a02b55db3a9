import type { Client } from 'pg';

// A database of any size: rooms that had a token long ago, every fifth open to all users, and users
// who are members of 50 rooms each, five per room.

export const MEMBERS_PER_ROOM = 5;
const ROOMS_PER_USER = 50;
/** Every so many rooms, a room is open to all users. */
export const OPEN_EACH = 5;
const STEP = 100_000;

/** SQL for the id of the n-th row of a table: version 7, so in the order of creation. */
const idOf = (table: number, n: string) =>
  `(lpad(to_hex(1700000000000 + ${n}), 12, '0') || '7000800' || ${table} ||
    lpad(to_hex(${n}), 12, '0'))::uuid`;
const [USER, ROOM, SESSION] = [1, 2, 3];

/** The same id, computed here. */
function uuidOf(table: number, n: number): string {
  const hex = `${(1_700_000_000_000 + n).toString(16).padStart(12, '0')}7000800${table}${n.toString(16).padStart(12, '0')}`;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

export const roomId = (n: number) => uuidOf(ROOM, n);

export const usersOf = (rooms: number) => (rooms * MEMBERS_PER_ROOM) / ROOMS_PER_USER;

/** The n-th user, and their session. */
const personOf = (n: number) => ({ userId: uuidOf(USER, n), sessionId: uuidOf(SESSION, n) });

/** The k-th member of the n-th room. */
export const memberOf = (n: number, k: number, rooms: number) =>
  personOf((n * MEMBERS_PER_ROOM + k) % usersOf(rooms));

/** Inserts the rows of a range, in the order of ids, which keeps the statements cheap. */
async function fillStep(database: Client, from: number, to: number, users: number): Promise<void> {
  const rooms = `generate_series(${from}, ${to - 1}) n`;
  await database.query(
    `insert into rooms (id, name, access, status, early_entry_seconds, premint_seconds)
     select ${idOf(ROOM, 'n')}, 'Room ' || n,
            case when n % ${OPEN_EACH} = 0 then 'users' else 'members' end, 'open', 0, 0
       from ${rooms}`,
  );
  await database.query(
    `insert into room_tokens (room_id, generation, token, token_key_id, fingerprint,
                              serve_until, expires_at)
     select ${idOf(ROOM, 'n')}, 1, decode(repeat('5a', 400), 'hex'),
            (select secret_key_id from server_keys limit 1), md5(n::text),
            clock_timestamp() - interval '1 day', clock_timestamp() - interval '1 day'
       from ${rooms}`,
  );
  await database.query(
    `insert into room_feeds (room_id, last_id) select ${idOf(ROOM, 'n')}, 1 from ${rooms}`,
  );
  await database.query(
    `insert into members (room_id, user_id, role)
     select ${idOf(ROOM, 'n')},
            ${idOf(USER, `(n::bigint * ${MEMBERS_PER_ROOM} + k) % ${users}`)}, 'participant'
       from ${rooms} cross join generate_series(0, ${MEMBERS_PER_ROOM - 1}) k`,
  );
}

/** Fills an empty database. */
export async function fill(database: Client, rooms: number): Promise<void> {
  const users = usersOf(rooms);
  // Foreign keys are right by construction; checking five million would take most of the time.
  await database.query('set session_replication_role = replica');
  const people = `generate_series(0, ${users - 1}) n`;
  await database.query(
    `insert into users (id, email, email_key, display_name, role, status, password_hash)
     select ${idOf(USER, 'n')}, n || '@example.org', n || '@example.org', 'Fan ' || n, 'user',
            'active', '' from ${people}`,
  );
  await database.query(
    `insert into sessions (id, user_id, device_id, device, address, refresh_hash,
                           idle_expires_at, expires_at)
     select ${idOf(SESSION, 'n')}, ${idOf(USER, 'n')}, ${idOf(SESSION, 'n')}, 'crowd',
            '127.0.0.1', decode(md5(n::text), 'hex'), clock_timestamp() + interval '1 day',
            clock_timestamp() + interval '1 day' from ${people}`,
  );
  for (let from = 0; from < rooms; from += STEP)
    await fillStep(database, from, Math.min(rooms, from + STEP), users);
  await database.query('set session_replication_role = default');
  await database.query('vacuum analyze');
  await database.query('checkpoint');
}
