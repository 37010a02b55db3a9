import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { OF_USERS } from '../../../src/users/accounts/erasure.repository.js';
import { ErasureService } from '../../../src/users/accounts/erasure.service.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import type { List, Room } from '../../support/shapes.js';

const MANY = 5_000;
let room: Room;

const server = useApp();

beforeAll(async () => {
  room = await server.createRoom();
});
const run = (sql: string, client: Client) => server.database.query(sql, [idOf(client)]);

/** Signs up a user with several kinds of rows, more than one batch of each. */
async function busyPerson(): Promise<Client> {
  const fan = await server.signUp('Busy');
  await server.join(fan, room);
  await run(
    `insert into audit_entries (id, action, actor_id, details, address)
     select gen_random_uuid(), 'room.changed', $1, '{}', '203.0.113.9'
       from generate_series(1, ${MANY})`,
    fan,
  );
  await run(
    `insert into holders (room_id, generation, seat_id, user_id, display_name)
     select '${room.id}', 1, gen_random_uuid(), $1, 'Busy' from generate_series(1, ${MANY})`,
    fan,
  );
  await run(
    `insert into sessions (id, user_id, device_id, device, address, refresh_hash,
                           idle_expires_at, expires_at, revoked_at)
     select gen_random_uuid(), $1, gen_random_uuid(), 'old', '203.0.113.9', 'x',
            clock_timestamp(), clock_timestamp(), clock_timestamp()
       from generate_series(1, ${MANY})`,
    fan,
  );
  return fan;
}

/** Counts the rows that a user still has, and the addresses in their audit entries. */
async function leftOf(userId: string): Promise<number> {
  const counts = [
    `select count(*) from users where id = $1`,
    `select count(*) from audit_entries where actor_id = $1 and address is not null`,
    ...OF_USERS.map(({ table, column }) => `select count(*) from ${table} where ${column} = $1`),
  ];
  const sum = `select (${counts.map((count) => `(${count})`).join(' + ')})::int as count`;
  const [row] = await server.database.query<{ count: number }>(sum, [userId]);
  return row?.count ?? -1;
}

async function whileLocked(sql: string, work: () => Promise<void>): Promise<void> {
  const holder = new pg.Client({ connectionString: server.database.url });
  await holder.connect();
  try {
    await holder.query('begin');
    await holder.query(sql);
    await work();
  } finally {
    await holder.end();
  }
}

describe('the deletion of a user with thousands of rows', () => {
  it('a deleted user disappears for everybody at once, and their rows are deleted soon', async () => {
    const fan = await busyPerson();
    const [id, { email }] = [idOf(fan), fan.signedIn?.user ?? {}];
    expect((await fan.delete('/v1/me')).status).toBe(204);
    expect((await fan.get('/v1/me')).status).toBe(401);
    expect((await server.admin.get(`/v1/users/${id}`)).status).toBe(404);
    expect((await server.admin.delete(`/v1/users/${id}`)).status).toBe(404);
    const listed = await server.admin.get<List<{ id: string }>>('/v1/users?limit=200');
    expect(listed.body.items.map((user) => user.id)).not.toContain(id);
    const people = await server.admin.get<Room>(`/v1/rooms/${room.id}`);
    expect(people.body.participantCount).toBe(0);
    const password = 'a password for tests';
    const registration = { email, password, displayName: 'Somebody else' };
    expect((await server.anyone.post('/v1/auth/register', registration)).status).toBe(201);
    await expect.poll(() => leftOf(id), { timeout: 60_000 }).toBe(0);
    const trail = `select count(*)::int as count from audit_entries where actor_id = $1`;
    const [entries] = await server.database.query<{ count: number }>(trail, [id]);
    expect(entries?.count).toBeGreaterThan(MANY);
  });

  it('an erasure that a crash interrupted is finished by any other replica', async () => {
    const fan = await busyPerson();
    // This is the state that the transaction of the deletion leaves, before any erasure.
    await run(
      `update users set deleted_at = clock_timestamp(), status = 'disabled' where id = $1`,
      fan,
    );
    const erasure = server.app.get(ErasureService, { strict: false });
    while ((await erasure.goOn()) === 'unfinished');
    expect(await leftOf(idOf(fan))).toBe(0);
  });

  it('a deleted user cannot become a member, be banned or get a password while their rows remain', async () => {
    const fan = await server.signUp('Gone');
    await run(`update users set deleted_at = clock_timestamp() where id = $1`, fan);
    const id = idOf(fan);
    const answers = [
      await server.admin.put(`/v1/rooms/${room.id}/members/${id}`, { role: 'host' }),
      await server.admin.put(`/v1/rooms/${room.id}/bans/${id}`, {}),
      await server.admin.put(`/v1/users/${id}/password`, { password: 'another one for tests' }),
      await server.admin.patch(`/v1/users/${id}`, { status: 'active' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  });
});

describe('locked rows of administrators', () => {
  const admins = `select 1 from users where role = 'admin' for update`;

  it('other users can be changed and deleted while rows of administrators are locked', async () => {
    const fan = await server.signUp('Fan');
    const id = idOf(fan);
    await whileLocked(admins, async () => {
      expect((await fan.patch('/v1/me', { displayName: 'New' })).status).toBe(200);
      expect((await server.admin.patch(`/v1/users/${id}`, { status: 'disabled' })).status).toBe(
        200,
      );
      expect((await server.admin.delete(`/v1/users/${id}`)).status).toBe(204);
    });
  });

  it('the removal of an administrator waits for the rows of the other administrators', async () => {
    const other = await server.signUp('Other');
    await server.admin.patch(`/v1/users/${idOf(other)}`, { role: 'admin' });
    const first = `select 1 from users where id = '${idOf(server.admin)}' for update`;
    await whileLocked(first, async () => {
      const answer = await server.admin.delete(`/v1/users/${idOf(other)}`);
      expect(answer).toBeProblem(503, 'overloaded');
    });
    expect((await server.admin.delete(`/v1/users/${idOf(other)}`)).status).toBe(204);
  });
});
