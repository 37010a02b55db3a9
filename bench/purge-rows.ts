/** Older than every retention. */
const OLD = `clock_timestamp() - interval '800 days'`;

const N = 'generate_series(1, $1::int) n';
const id = (table: string) => `md5('${table}' || n)::uuid`;

/**
 * SQL that inserts this many rows of each kind that grows, all of them expired. Users and rooms
 * come first, because the other rows belong to them: one user and one room per thousand rows.
 */
export const ROWS: Readonly<Record<string, string>> = {
  users: `insert into users (id, email, email_key, display_name, role, status)
    select ${id('user')}, n || '@example.org', n || '@example.org', 'Fan', 'user', 'active'
      from generate_series(0, $1::int / 1000) n`,
  rooms: `insert into rooms (id, name, access, status, early_entry_seconds, premint_seconds)
    select ${id('room')}, 'Room', 'users', 'open', 0, 0 from generate_series(0, $1::int / 1000) n`,
  sessions: `insert into sessions (id, user_id, device_id, device, address, refresh_hash,
      created_at, idle_expires_at, expires_at, revoked_at)
    select ${id('session')}, md5('user' || n / 1000)::uuid, ${id('device')}, 'phone', '192.0.2.1',
           decode(md5(n::text), 'hex'), ${OLD}, ${OLD}, ${OLD},
           case when n % 2 = 0 then ${OLD} end from ${N}`,
  'seats that ran out': `insert into seats (id, room_id, session_id, user_id, role, display_name,
      name_key, seen_at)
    select ${id('seat')}, md5('room' || n / 1000)::uuid, ${id('session')},
           md5('user' || n / 1000)::uuid, 'viewer', 'Fan', n, ${OLD} from ${N}`,
  holders: `insert into holders (room_id, generation, seat_id, user_id, display_name, at)
    select md5('room' || n / 1000)::uuid, 1, ${id('seat')}, md5('user' || n / 1000)::uuid, 'Fan',
           ${OLD} from ${N}`,
  throttles: `insert into throttles (key, attempts, touched_at)
    select md5('throttle' || n), 1, ${OLD} from ${N}`,
  rate_limits: `insert into rate_limits (key, spent_until) select md5('limit' || n), ${OLD} from ${N}`,
  idempotency_marks: `insert into idempotency_marks (user_id, mark, claim_id, request_hash, claimed_at)
    select md5('user' || n / 1000)::uuid, decode(md5('mark' || n), 'hex'), ${id('claim')},
           decode(md5(n::text), 'hex'), ${OLD} from ${N}`,
  room_feeds: `insert into room_feeds (room_id, last_id)
    select ${id('room')}, 1000 from generate_series(0, $1::int / 1000) n`,
  room_events: `insert into room_events (room_id, id, type, data, at)
    select md5('room' || n / 1000)::uuid, n, 'room.updated', '{}', ${OLD} from ${N}`,
  room_generations: `insert into room_generations (room_id, generation, fingerprint, reason,
      started_at, serve_until)
    select md5('room' || n / 1000)::uuid, n, 'x', 'expired', ${OLD}, ${OLD} from ${N}`,
  invites: `insert into invites (id, room_id, code_hash, role, expires_at)
    select ${id('invite')}, md5('room' || n / 1000)::uuid, decode(md5(n::text), 'hex'), 'viewer',
           ${OLD} from ${N}`,
  audit_entries: `insert into audit_entries (id, action, actor_id, details, address, at)
    select ${id('entry')}, 'room.changed', md5('user' || n / 1000)::uuid, '{}', '192.0.2.1', ${OLD}
      from ${N}`,
  // A tenth, because each guest is a user with a membership.
  guests: `with guests as (
      insert into users (id, kind, display_name, role, status, guest_room_id, created_at)
      select ${id('guest')}, 'guest', 'Guest', 'user', 'active', md5('room' || n / 1000)::uuid, ${OLD}
        from generate_series(1, $1::int / 10) n returning id, guest_room_id)
    insert into members (room_id, user_id, role) select guest_room_id, id, 'viewer' from guests`,
};
