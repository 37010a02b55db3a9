import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { Backend, bearing } from '../../support/backend.js';
import { expectProblem } from '../../support/expect-problem.js';
import { lockRows } from '../../support/locked-rows.js';
import type { Room, User } from '../../support/shapes.js';

const server = useApp();
let backend: Backend;

beforeAll(async () => {
  backend = await Backend.create(server.admin);
});

/** Resolves when so many statements wait for a lock. */
async function waiting(count: number): Promise<void> {
  const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock'
                    and datname = current_database()`;
  await expect.poll(() => server.database.query(waits)).toHaveLength(count);
}

/** A person on a phone in a room that has its token. */
async function inside(externalId: string): Promise<{ room: Room; userId: string }> {
  const room = await server.createRoom();
  await server.join(server.admin, room);
  const wish = { externalId, device: 'phone', role: 'viewer' };
  const { participantToken } = await backend.grant(room, wish);
  const { body } = await bearing(server.url, participantToken).get<User>('/v1/me');
  return { room, userId: body.id };
}

/** What a banned person must not have. */
async function expectNothingLeft({ id }: Room, userId: string): Promise<void> {
  const rows = await server.database.query(
    `select id from seats where room_id = $1 and user_id = $2
      union all
     select id from sessions where room_id = $1 and user_id = $2 and revoked_at is null`,
    [id, userId],
  );
  expect(rows).toEqual([]);
}

describe('a grant at the moment of a ban', () => {
  it('ends with the ban if it was written first', async () => {
    const externalId = 'granted-first';
    const { room, userId } = await inside(externalId);
    const ofMember = 'select from members where room_id = $1 and user_id = $2';
    const release = await lockRows(server.database, ofMember, [room.id, userId]);
    const granted = backend.ask(room, { externalId, device: 'tv', role: 'host' });
    await waiting(1);
    const banned = server.admin.put(`/v1/rooms/${room.id}/bans/${userId}`, {});
    await Promise.race([banned, waiting(2)]);
    await release();
    expect((await banned).status).toBe(200);
    expect((await granted).status).toBe(200);
    await expectNothingLeft(room, userId);
  });

  it('is refused if the ban was written first', async () => {
    const externalId = 'banned-first';
    const { room, userId } = await inside(externalId);
    const ofSeat = 'select from seats where room_id = $1 and user_id = $2';
    const release = await lockRows(server.database, ofSeat, [room.id, userId]);
    const banned = server.admin.put(`/v1/rooms/${room.id}/bans/${userId}`, {});
    await waiting(1);
    const granted = backend.ask(room, { externalId, device: 'tv' });
    await Promise.race([granted, waiting(2)]);
    await release();
    expect((await banned).status).toBe(200);
    expectProblem(await granted, 403, 'banned');
    await expectNothingLeft(room, userId);
  });
});

describe('a grant whose name is taken at that moment', () => {
  it('leaves nothing behind if it is then refused', async () => {
    const room = await server.createRoom();
    const fan = await server.signUp('Fan');
    await server.join(fan, room);
    await server.join(server.admin, room);
    // The seat of somebody who is taking the name, and the lock of the room, not yet committed.
    const holder = new pg.Client({ connectionString: server.database.url });
    await holder.connect();
    try {
      await holder.query('begin');
      await holder.query(
        `update seats set display_name = 'Sam', name_key = 'sam'
          where room_id = $1 and display_name = 'Fan'`,
        [room.id],
      );
      await holder.query(
        `update rooms set status = 'locked', version = version + 1 where id = $1`,
        [room.id],
      );
      const wish = { externalId: 'name-taken', displayName: 'Sam', role: 'viewer' };
      const granted = backend.ask(room, wish);
      await waiting(1);
      await holder.query('commit');
      expectProblem(await granted, 409, 'room_locked');
    } finally {
      await holder.end();
    }
    const left = await server.database.query(
      `select id::text from users where external_id = 'name-taken'
        union all select user_id::text from members where room_id = $1`,
      [room.id],
    );
    expect(left).toEqual([]);
  });
});
