import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { expectProblem } from '../../support/expect-problem.js';
import { askAsGuest, FORWARDED, invite, signInAsGuest, usesOf } from '../../support/invites.js';

const server = useApp(FORWARDED);
/** Adds signed-in guests of the invite by SQL. */
const addGuests = (roomId: string, inviteId: string, count: number) =>
  server.database.query(
    `with guests as (
       insert into users (id, kind, role, status, display_name, guest_room_id)
       select gen_random_uuid(), 'guest', 'user', 'active', 'Guest', $1 from generate_series(1, $3)
       returning id
     )
     insert into sessions (id, user_id, device_id, refresh_hash, device, address, idle_expires_at,
                           expires_at, invite_id)
     select gen_random_uuid(), id, gen_random_uuid(), '', '', '', clock_timestamp() + interval '1 h',
            clock_timestamp() + interval '1 h', $2
       from guests`,
    [roomId, inviteId, count],
  );

async function guestsOf(roomId: string): Promise<unknown> {
  const rows = `select (select count(*)::int from users where guest_room_id = $1) as users,
                       (select count(*)::int from members where room_id = $1) as members,
                       (select count(*)::int from audit_entries where room_id = $1
                           and action = 'guest.signed_in') as entries`;
  return (await server.database.query(rows, [roomId]))[0];
}

describe('the guests of one invite', () => {
  it('are at most 500, even when several sign in at once, and a refusal leaves no rows behind', async () => {
    const room = await server.createRoom();
    const { id, code } = await invite(server, room);
    await addGuests(room.id, id, 499);
    const asked = Array.from({ length: 6 }, () => askAsGuest(server, code));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      const { detail, retryAfter } = expectProblem(answer, 429, 'rate_limited');
      expect(detail).toMatch(/use another invite/);
      expect(retryAfter).toBeGreaterThanOrEqual(1);
    }
    expect(await guestsOf(room.id)).toEqual({ users: 500, members: 1, entries: 1 });
    expect(await usesOf(server, room)).toEqual([1]);
  });

  it('are counted for each invite separately, and only while their sign-in lasts', async () => {
    const room = await server.createRoom();
    const [full, other] = [await invite(server, room), await invite(server, room)];
    await addGuests(room.id, full.id, 497);
    const guests = [];
    for (let turn = 0; turn < 3; turn += 1) guests.push(await signInAsGuest(server, full.code));
    const [first, second, third] = guests;
    const isFull = async () =>
      expect(await askAsGuest(server, full.code)).toBeProblem(429, 'rate_limited');
    const admitsOneGuest = async () =>
      expect((await askAsGuest(server, full.code)).status).toBe(201);
    await isFull();
    expect((await askAsGuest(server, other.code)).status).toBe(201);
    await first?.post('/v1/auth/logout');
    await admitsOneGuest();
    await isFull();
    const disabled = { status: 'disabled' };
    await server.admin.patch(`/v1/users/${second?.signedIn?.user.id}`, disabled);
    await admitsOneGuest();
    await isFull();
    await server.database.query(
      `update sessions set expires_at = clock_timestamp() where user_id = $1`,
      [third?.signedIn?.user.id],
    );
    await admitsOneGuest();
    await isFull();
  });

  it('can sign in 1,000 times from one network, then once a second; other networks are not limited', async () => {
    const room = await server.createRoom();
    const { code: inviteCode } = await invite(server, room);
    const ask = (address: string) =>
      server.anyone.post(
        '/v1/auth/guest',
        { inviteCode, displayName: 'Gus' },
        { 'x-forwarded-for': address },
      );
    expect((await ask('192.0.2.8')).status).toBe(201);
    // As if a thousand guests had signed in before.
    await server.database.query(
      `update rate_limits set spent_until = clock_timestamp() + interval '1010 seconds'
        where key like 'guest-invite|%'`,
    );
    const { detail, retryAfter } = expectProblem(await ask('192.0.2.8'), 429, 'rate_limited');
    expect(detail).toContain('from this network');
    expect(retryAfter).toBeGreaterThan(1);
    expect((await ask('192.0.2.9')).status).toBe(201);
  });
});

describe('wrong codes of people without an account', () => {
  it('are not counted, so a valid code from the same address is accepted', async () => {
    const room = await server.createRoom();
    const { code } = await invite(server, room);
    const headers = { 'x-forwarded-for': '192.0.2.7' };
    const ask = (inviteCode: string) =>
      server.anyone.post('/v1/auth/guest', { inviteCode, displayName: 'Gus' }, headers);
    for (let turn = 0; turn < 20; turn += 1)
      expect(await ask('lki_wrong')).toBeProblem(403, 'invite_invalid');
    const counts = `select key from throttles union all
                    select key from rate_limits
                     where key not like 'sign-in-%' and key not like '%-invite|%'`;
    expect(await server.database.query(counts)).toEqual([]);
    expect((await ask(code)).status).toBe(201);
  });
});
