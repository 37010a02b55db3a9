import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import { askAsGuest, FORWARDED, invite, signInAsGuest, usesOf } from '../../support/invites.js';
import type { List, Room, SignedIn, User } from '../../support/shapes.js';

let room: Room;

const server = useApp(FORWARDED);

beforeAll(async () => {
  room = await server.createRoom({ access: 'members' });
});
const guestOf = async (of: Room, wish: Record<string, unknown> = {}, name?: string) =>
  signInAsGuest(server, (await invite(server, of, wish)).code, name);
const change = (of: Room, patch: Record<string, unknown>) =>
  server.admin.patch(`/v1/rooms/${of.id}`, patch);
const hoursFromNow = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

describe('a guest', () => {
  it('signs in with an invite, which counts one use, and joins without a code', async () => {
    const own = await server.createRoom({ access: 'members', accessCode: 'let me in' });
    const { id, code } = await invite(server, own, { role: 'viewer' });
    const { status, body } = await askAsGuest(server, code, '  Gus ');
    expect(status).toBe(201);
    const guest = server.anyone.as(body);
    expect(body.user).toEqual({
      id: expect.any(String),
      kind: 'guest',
      issuer: null,
      externalId: null,
      email: null,
      displayName: 'Gus',
      role: 'user',
      status: 'active',
      createdAt: expect.any(String),
    });
    expect((await guest.get<User>('/v1/me')).body).toEqual(body.user);
    const { participant } = await server.join(guest, own);
    expect(participant).toMatchObject({ displayName: 'Gus', role: 'viewer' });
    expect((await server.join(guest, own)).participant).toEqual(participant);
    expect(await usesOf(server, own)).toEqual([1]);
    const entries = await server.database.query(
      `select action from audit_entries where user_id = $1 and details ->> 'inviteId' = $2
        order by action`,
      [body.user.id, id],
    );
    expect(entries).toEqual([{ action: 'guest.signed_in' }, { action: 'invite.redeemed' }]);
  });

  it('can read the room, join it, send heartbeats and reports, and leave', async () => {
    const guest = await guestOf(room);
    const at = `/v1/rooms/${room.id}`;
    expect((await guest.get<Room>(at)).body.id).toBe(room.id);
    await server.join(guest, room);
    expect((await guest.post(`${at}/heartbeat`)).status).toBe(200);
    expect((await guest.post(`${at}/reports`, { sdkCode: 203, generation: 1 })).status).toBe(200);
    expect((await guest.post(`${at}/leave`)).status).toBe(204);
  });

  it('can refresh the sign-in, and sign out', async () => {
    const guest = await guestOf(room);
    const refreshed = await server.anyone.post<SignedIn>('/v1/auth/refresh', {
      refreshToken: guest.signedIn?.refreshToken,
    });
    expect(refreshed.body.user.kind).toBe('guest');
    const again = server.anyone.as(refreshed.body);
    expect((await again.post('/v1/auth/logout')).status).toBe(204);
    expect(await again.get('/v1/me')).toBeProblem(401, 'unauthenticated');
  });

  it('sees no other room, even if the room admits every user', async () => {
    const guest = await guestOf(room);
    const other = await server.createRoom({ access: 'users', slug: 'open-house' });
    const { code } = await invite(server, other);
    for (const name of [other.id, 'open-house', crypto.randomUUID()]) {
      expect(await guest.get(`/v1/rooms/${name}`)).toBeProblem(404, 'not_found');
      for (const wish of [{}, { inviteCode: code }])
        expect(await guest.post(`/v1/rooms/${name}/join`, wish)).toBeProblem(404, 'not_found');
      for (const verb of ['heartbeat', 'leave'])
        expect(await guest.post(`/v1/rooms/${name}/${verb}`)).toBeProblem(404, 'not_found');
    }
    expect(await guest.get('/v1/rooms')).toBeProblem(403, 'forbidden');
    expect(await usesOf(server, other)).toEqual([0]);
  });

  it('whose membership was deleted has no access, even if the room admits every user', async () => {
    const own = await server.createRoom({ access: 'users' });
    const { code } = await invite(server, own);
    const guest = await signInAsGuest(server, code);
    await server.join(guest, own);
    await server.admin.delete(`/v1/rooms/${own.id}/members/${idOf(guest)}`);
    expect(await guest.post(`/v1/rooms/${own.id}/heartbeat`)).toBeProblem(404, 'not_found');
    for (const wish of [{}, { inviteCode: code }])
      expect(await guest.post(`/v1/rooms/${own.id}/join`, wish)).toBeProblem(404, 'not_found');
    expect(await guest.get(`/v1/rooms/${own.id}`)).toBeProblem(404, 'not_found');
  });

  it('is at most a participant, even with an invite for hosts, and cannot be promoted', async () => {
    const guest = await guestOf(room, { role: 'host' });
    expect((await server.join(guest, room)).participant.role).toBe('participant');
    const other = await server.createRoom();
    const members = (of: Room) => `/v1/rooms/${of.id}/members/${idOf(guest)}`;
    for (const [path, role] of [
      [members(room), 'host'],
      [members(other), 'viewer'],
    ] as const)
      expect(await server.admin.put(path, { role })).toBeProblem(409, 'guest_limited');
    for (const patch of [{ role: 'admin' }, { email: 'guest@example.org' }])
      expect(await server.admin.patch(`/v1/users/${idOf(guest)}`, patch)).toBeProblem(
        409,
        'guest_limited',
      );
    const password = { password: 'a password for a guest' };
    expect(await server.admin.put(`/v1/users/${idOf(guest)}/password`, password)).toBeProblem(
      409,
      'guest_limited',
    );
    expect((await server.admin.put(members(room), { role: 'viewer' })).status).toBe(200);
    expect((await server.join(guest, room)).participant.role).toBe('viewer');
  });

  it('can be renamed, disabled and deleted like every user', async () => {
    const guest = await guestOf(room);
    const path = `/v1/users/${idOf(guest)}`;
    expect((await server.admin.patch<User>(path, { displayName: 'New' })).body).toMatchObject({
      kind: 'guest',
      displayName: 'New',
    });
    await server.admin.patch(path, { status: 'disabled' });
    expect(await guest.get('/v1/me')).toBeProblem(401, 'unauthenticated');
    expect((await server.admin.delete(path)).status).toBe(204);
  });
});

describe("a guest's sign-in", () => {
  const endOf = async (guest: Client) => {
    const [row] = await server.database.query<{ at: Date; hours: number }>(
      `select expires_at as at,
              extract(epoch from expires_at - created_at)::float8 / 3600 as hours
         from sessions where user_id = $1`,
      [idOf(guest)],
    );
    return row ?? expect.unreachable('no session');
  };

  it('lasts a day, or until the invite expires if that is earlier', async () => {
    for (const expiresAt of [null, hoursFromNow(48)]) {
      const { hours } = await endOf(await guestOf(room, { expiresAt }));
      expect(hours).toBeCloseTo(24, 2);
    }
    const expiresAt = hoursFromNow(2);
    const guest = await guestOf(room, { expiresAt });
    expect((await endOf(guest)).at.toISOString()).toBe(expiresAt);
    expect(guest.signedIn?.refreshTokenExpiresAt).toBe(expiresAt);
  });

  it('continues when the invite is revoked', async () => {
    const { id, code } = await invite(server, room);
    const guest = await signInAsGuest(server, code);
    await server.admin.delete(`/v1/rooms/${room.id}/invites/${id}`);
    expect((await server.join(guest, room)).participant.role).toBe('participant');
    expect(await askAsGuest(server, code)).toBeProblem(403, 'invite_invalid');
  });

  it.each([
    ['closed', (own: Room) => change(own, { status: 'closed' })],
    ['deleted', (own: Room) => server.admin.delete(`/v1/rooms/${own.id}`)],
    [
      'past closesAt',
      (own: Room) =>
        server.database.query(`update rooms set closes_at = clock_timestamp() where id = $1`, [
          own.id,
        ]),
    ],
  ])('ends when the room is %s', async (_, end) => {
    const own = await server.createRoom();
    const { code } = await invite(server, own);
    const guest = await signInAsGuest(server, code);
    await server.join(guest, own);
    await end(own);
    for (const path of ['/v1/me', `/v1/rooms/${own.id}`])
      expect(await guest.get(path)).toBeProblem(401, 'unauthenticated');
    const { refreshToken } = guest.signedIn ?? {};
    expect(await server.anyone.post('/v1/auth/refresh', { refreshToken })).toBeProblem(
      401,
      'unauthenticated',
    );
    const isGone = (await server.admin.get(`/v1/rooms/${own.id}`)).status === 404;
    const [status, problem] = isGone
      ? ([403, 'invite_invalid'] as const)
      : ([409, 'room_closed'] as const);
    expect(await askAsGuest(server, code)).toBeProblem(status, problem);
  });

  it('needs a code and a name', async () => {
    const { code: inviteCode } = await invite(server, room);
    const faults: [Record<string, unknown>, string[]][] = [
      [{}, ['/inviteCode', '/displayName']],
      [{ inviteCode, displayName: ' ' }, ['/displayName']],
      [{ inviteCode: '', displayName: 'Gus' }, ['/inviteCode']],
    ];
    for (const [body, places] of faults) {
      const answer = await server.anyone.post('/v1/auth/guest', body);
      expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual(places);
    }
  });

  it('is refused with the same problem for every unusable code, and creates no user', async () => {
    const revoked = await invite(server, room);
    await server.admin.delete(`/v1/rooms/${room.id}/invites/${revoked.id}`);
    const used = await invite(server, room, { maxUses: 1 });
    await signInAsGuest(server, used.code);
    const expired = await invite(server, room, { expiresAt: hoursFromNow(1) });
    await server.database.query(`update invites set expires_at = clock_timestamp() where id = $1`, [
      expired.id,
    ]);
    const guests = () => server.admin.get<List<User>>('/v1/users?search=Refused');
    const codes = [revoked.code, used.code, expired.code, `${used.code}A`, 'lki_unknown'];
    const problems = new Set<string>();
    for (const code of codes) {
      const problem = expectProblem(
        await askAsGuest(server, code, 'Refused'),
        403,
        'invite_invalid',
      );
      problems.add(JSON.stringify({ ...problem, requestId: '' }));
    }
    expect(problems.size).toBe(1);
    expect((await guests()).body.items).toEqual([]);
  });
});
