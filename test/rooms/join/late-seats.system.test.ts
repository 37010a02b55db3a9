import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { FeedAccessRepository } from '../../../src/rooms/feed/feed-access.repository.js';
import { verdictOn } from '../../../src/rooms/feed/feed-access.policy.js';
import { Tasks } from '../../../src/platform/tasks/tasks.service.js';
import { SeatSweepRepository } from '../../../src/rooms/join/seat-sweep.repository.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { invite, signInAsGuest } from '../../support/invites.js';
import type { Room } from '../../support/shapes.js';

const find = { strict: false } as const;
const sweep = async () => {
  while ((await server.app.get(SeatSweepRepository, find).sweep()) === 'unfinished');
};

const server = useApp();

const seatsOf = (client: Client) =>
  server.database.query<object>('select * from seats where user_id = $1', [idOf(client)]);
const run = (sql: string, client: Client) => server.database.query(sql, [idOf(client)]);

interface Scene {
  readonly room: Room;
  readonly fan: Client;
}

async function enter(settings: object, isMember: boolean): Promise<Scene> {
  const [room, fan] = [await server.createRoom({ ...settings }), await server.signUp('Fan')];
  if (isMember)
    await server.admin.put(`/v1/rooms/${room.id}/members/${idOf(fan)}`, { role: 'participant' });
  await server.join(fan, room);
  return { room, fan };
}

const sessions = (change: string) => (scene: Scene) =>
  run(`update sessions set ${change} where user_id = $1`, scene.fan);
const roomOf = ({ room }: Scene) => `/v1/rooms/${room.id}`;
const userOf = ({ fan }: Scene) => `/v1/users/${idOf(fan)}`;

const ends: [because: string, end: (scene: Scene) => Promise<unknown>][] = [
  ['sign-in was ended', ({ fan }) => fan.post('/v1/auth/logout')],
  ['sign-in has expired', sessions(`expires_at = clock_timestamp() - interval '1 s'`)],
  [
    'sign-in was idle for too long',
    sessions(`idle_expires_at = clock_timestamp() - interval '1 s'`),
  ],
  ['sign-ins were all ended', (scene) => server.admin.delete(`${userOf(scene)}/sessions`)],
  [
    'password was reset',
    (scene) =>
      server.admin.put(`${userOf(scene)}/password`, { password: 'another password for tests' }),
  ],
  ['account is disabled', (scene) => server.admin.patch(userOf(scene), { status: 'disabled' })],
  [
    'account waits for approval',
    ({ fan }) => run(`update users set status = 'pending' where id = $1`, fan),
  ],
  ['user is banned', (scene) => server.admin.put(`${roomOf(scene)}/bans/${idOf(scene.fan)}`, {})],
  [
    'membership has ended',
    (scene) => server.admin.delete(`${roomOf(scene)}/members/${idOf(scene.fan)}`),
  ],
  ['room is closed', (scene) => server.admin.patch(roomOf(scene), { status: 'closed' })],
  [
    'room has ended',
    ({ room }) =>
      server.database.query(
        `update rooms set closes_at = clock_timestamp() - interval '1 s' where id = $1`,
        [room.id],
      ),
  ],
  ['room is deleted', (scene) => server.admin.delete(roomOf(scene))],
];

/** Writes a seat like a join that was under way when the right ended. */
async function writeLate(seat: object): Promise<void> {
  await server.database.query(`delete from seats where id = ($1::jsonb ->> 'id')::uuid`, [
    JSON.stringify(seat),
  ]);
  await server.database.query(
    'insert into seats select * from jsonb_populate_record(null::seats, $1)',
    [JSON.stringify(seat)],
  );
}

describe('a seat that was written after its right had ended', () => {
  it.each(ends)('is deleted by the sweep because the %s, and no other seat is', async (_, end) => {
    const scene = await enter({ access: 'members' }, true);
    const other = await enter({ access: 'members' }, true);
    const [seat = expect.unreachable()] = await seatsOf(scene.fan);
    await end(scene);
    await writeLate(seat);
    await sweep();
    expect(await seatsOf(scene.fan)).toEqual([]);
    expect(await seatsOf(other.fan)).toHaveLength(1);
  });

  it('is deleted by the sweep because the room now admits members only', async () => {
    const scene = await enter({ access: 'users' }, false);
    const [seat = expect.unreachable()] = await seatsOf(scene.fan);
    await server.admin.patch(roomOf(scene), { access: 'members' });
    await writeLate(seat);
    await sweep();
    expect(await seatsOf(scene.fan)).toEqual([]);
  });

  it('is deleted by the sweep because its holder is no longer an administrator', async () => {
    const fan = await server.signUp('Fan');
    await server.admin.patch(`/v1/users/${idOf(fan)}`, { role: 'admin' });
    await server.join(fan, await server.createRoom({ access: 'members' }));
    const [seat = expect.unreachable()] = await seatsOf(fan);
    await server.admin.patch(`/v1/users/${idOf(fan)}`, { role: 'user' });
    await writeLate(seat);
    await sweep();
    expect(await seatsOf(fan)).toEqual([]);
  });

  it('is deleted by the sweep because the sign-in of a guest has expired', async () => {
    const room = await server.createRoom();
    const guest = await signInAsGuest(server, (await invite(server, room)).code, 'Guest');
    await server.join(guest, room);
    await sweep();
    expect(await seatsOf(guest)).toHaveLength(1);
    await sessions(`expires_at = clock_timestamp() - interval '1 s'`)({ room, fan: guest });
    await sweep();
    expect(await seatsOf(guest)).toEqual([]);
  });

  it('is deleted within seconds by the server itself', async () => {
    const { fan } = await enter({ access: 'users' }, false);
    await sessions('revoked_at = clock_timestamp()')({ fan, room: await server.createRoom() });
    await expect.poll(() => seatsOf(fan), { timeout: 15_000 }).toEqual([]);
  });
});

// All combinations of the facts that matter; each has its own user, sign-in and seat.
const COMBINATIONS = `
  create table combinations as
  select gen_random_uuid() as user_id, gen_random_uuid() as session_id,
         gen_random_uuid() as seat_id, who, is_member, access, ban, phase, session, status
    from unnest('{user,admin,guest here,guest elsewhere}'::text[]) who,
         unnest('{true,false}'::boolean[]) is_member, unnest('{members,users}'::text[]) access,
         unnest('{none,holds,ended}'::text[]) ban,
         unnest('{open,locked,closed,over,scheduled,deleted}'::text[]) phase,
         unnest('{good,revoked,expired,idle,before}'::text[]) session,
         unnest('{active,disabled}'::text[]) status
   where (session = 'good' or status = 'active') and (ban = 'none' or session = 'good');
  create table places as
  select gen_random_uuid() as id, access, phase from combinations group by access, phase;
  insert into rooms (id, name, access, status, opens_at, closes_at, deleted_at,
                     early_entry_seconds, premint_seconds)
  select id, 'Place', access, case when phase in ('locked', 'closed') then phase else 'open' end,
         case phase when 'scheduled' then clock_timestamp() + interval '1 day' end,
         case phase when 'over' then clock_timestamp() - interval '1 s' end,
         case phase when 'deleted' then clock_timestamp() end, 0, 0 from places;
  insert into users (id, kind, email, email_key, display_name, role, status, guest_room_id,
                     sessions_valid_from)
  select user_id, case when who like 'guest%' then 'guest' else 'person' end,
         case when who not like 'guest%' then '' end,
         case when who not like 'guest%' then user_id::text end, 'Somebody',
         case who when 'admin' then who else 'user' end, status,
         case who when 'guest here' then p.id
                  when 'guest elsewhere' then (select id from rooms where name = 'Elsewhere') end,
         clock_timestamp() - interval '1 hour'
    from combinations c join places p using (access, phase);
  insert into sessions (id, user_id, device_id, device, address, refresh_hash, created_at,
                        idle_expires_at, expires_at, revoked_at)
  select session_id, user_id, session_id, 'test', '127.0.0.1', decode(md5(user_id::text), 'hex'),
         clock_timestamp() - case session when 'before' then interval '2 hours' else '0 s' end,
         clock_timestamp() + case session when 'idle' then interval '-1 s' else '1 day' end,
         clock_timestamp() + case session when 'expired' then interval '-1 s' else '1 day' end,
         case session when 'revoked' then clock_timestamp() end
    from combinations;
  insert into members (room_id, user_id, role)
  select p.id, user_id, 'participant' from combinations c join places p using (access, phase)
   where is_member;
  insert into bans (room_id, user_id, until, banned_by)
  select p.id, user_id, case ban when 'ended' then clock_timestamp() - interval '1 s' end, user_id
    from combinations c join places p using (access, phase) where ban <> 'none';
  insert into seats (id, room_id, session_id, user_id, role, display_name, name_key, seen_at)
  select seat_id, p.id, session_id, user_id, 'participant', seat_id, seat_id,
         clock_timestamp() + interval '1 hour'
    from combinations c join places p using (access, phase)`;

interface Combination {
  readonly roomId: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly seatId: string;
  readonly mark: string;
}

describe('the sweep of seats', () => {
  // Two sweeps at once share their position, so neither of them would visit all seats.
  beforeAll(() => server.app.get(Tasks, find).stop('sweep seats'));

  it('deletes exactly the seats of people who may no longer listen to the room', async () => {
    await server.createRoom({ name: 'Elsewhere' });
    for (const sql of COMBINATIONS.split(';')) await server.database.query(sql);
    const everybody = await server.database.query<Combination>(
      `select p.id as "roomId", user_id as "userId", session_id as "sessionId",
              seat_id as "seatId", '0' as mark
         from combinations c join places p using (access, phase)`,
    );
    const changed = await server.app.get(FeedAccessRepository, find).findChanged(everybody);
    expect(changed).toHaveLength(everybody.length);
    await sweep();
    const left = await server.database.query<{ id: string }>(
      'select id from seats where id in (select seat_id from combinations)',
    );
    const held = new Set(left.map(({ id }) => id));
    // The policy gets the seat from before the sweep, which may have deleted it.
    const wrong = changed.filter(
      ({ who, feedAccess }) =>
        held.has(who.seatId) !==
        (verdictOn({ ...feedAccess, seatId: who.seatId }, who.seatId) === undefined),
    );
    expect(wrong.map(({ feedAccess }) => feedAccess)).toEqual([]);
    expect(held.size).toBeGreaterThan(50);
    expect(everybody.length - held.size).toBeGreaterThan(500);
  });
});
