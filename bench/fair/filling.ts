import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { v7 } from 'uuid';
import type { Face } from '../../test/support/crowd.js';

const SESSIONS = `
  insert into sessions (id, user_id, device_id, device, address, refresh_hash,
                        idle_expires_at, expires_at)
  select session_id, user_id, session_id, 'more', '127.0.0.1', $3,
         clock_timestamp() + interval '1 day', clock_timestamp() + interval '1 day'
    from unnest($1::uuid[], $2::uuid[]) people (session_id, user_id)`;

const SEATS = `
  insert into seats (id, room_id, session_id, user_id, role, display_name, name_key)
  select id, $1, session_id, user_id, 'participant', id, id
    from unnest($2::uuid[], $3::uuid[], $4::uuid[]) people (id, session_id, user_id)`;

// People who never act; they only fill rooms.
const STRANGERS = `
  insert into seats (id, room_id, session_id, user_id, role, display_name, name_key)
  select gen_random_uuid(), room_id, gen_random_uuid(), gen_random_uuid(), 'participant',
         'Fan ' || place, 'fan ' || place
    from unnest($1::uuid[]) room_id cross join generate_series(1, $2::int) place`;

const ROOMS = `
  with made as (
    insert into rooms (id, name, access, status, early_entry_seconds, premint_seconds)
    select gen_random_uuid(), 'Room ' || place, 'users', 'open', 900, 60
      from generate_series(1, $1::int) place
    returning id
  )
  insert into room_tokens (room_id) select id from made`;

const ENTRIES = `
  insert into audit_entries (id, action, actor_id, user_id, details, address, request_id)
  select gen_random_uuid(), 'user.changed', $1, $1, '{"changed": ["displayName"]}', '192.0.2.1',
         gen_random_uuid()
    from generate_series(1, $2::int)`;

const HOST = `insert into members (room_id, user_id, role) values ($1, $2, 'host')`;

/** Writes any number of rows, without the requests that would have created them. */
export class Filling {
  constructor(private readonly database: pg.Client) {}

  async sessions(ids: readonly { userId: string; sessionId: string }[]): Promise<void> {
    const sessionIds = ids.map(({ sessionId }) => sessionId);
    const userIds = ids.map(({ userId }) => userId);
    await this.database.query(SESSIONS, [sessionIds, userIds, randomBytes(32)]);
  }

  /** Seats these people, each with the sign-in of their access token. */
  async seats(roomId: string, faces: readonly Face[]): Promise<void> {
    const ids = faces.map(() => v7());
    const userIds = faces.map(({ userId }) => userId);
    await this.database.query(SEATS, [roomId, ids, faces.map(sessionIdOf), userIds]);
  }

  /** Puts this many people into each of the rooms. */
  async crowds(roomIds: readonly string[], size: number): Promise<void> {
    await this.inBulk(STRANGERS, [roomIds, size]);
    await this.database.query('vacuum analyze seats');
  }

  async rooms(count: number): Promise<void> {
    await this.inBulk(ROOMS, [count]);
    await this.database.query('analyze rooms, room_tokens');
  }

  /** Writes audit entries of a person. */
  async auditOf({ userId }: Face, entries: number): Promise<void> {
    await this.inBulk(ENTRIES, [userId, entries]);
    await this.database.query('analyze audit_entries');
  }

  async makeHost(roomId: string, { userId }: Face): Promise<void> {
    await this.database.query(HOST, [roomId, userId]);
  }

  /** Skips the check of foreign keys, because they are right, or refer to nobody. */
  private async inBulk(sql: string, values: unknown[]): Promise<void> {
    await this.database.query('set session_replication_role = replica');
    await this.database.query(sql, values);
    await this.database.query('set session_replication_role = default');
  }
}

/** Returns the session id of an access token. */
export function sessionIdOf({ accessToken }: Face): string {
  const [, payload = ''] = accessToken.split('.');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sid: string }).sid;
}
