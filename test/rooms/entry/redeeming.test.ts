import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import { invite, joinBy, usesOf } from '../../support/invites.js';
import type { List, Room } from '../../support/shapes.js';

let fan: Client;

const server = useApp();
const members = async (room: Room) => {
  const { body } = await server.admin.get<List<{ userId: string; role: string }>>(
    `/v1/rooms/${room.id}/members`,
  );
  return body.items;
};
const change = (room: Room, patch: Record<string, unknown>) =>
  server.admin.patch(`/v1/rooms/${room.id}`, patch);

describe('a join with an invite', () => {
  it.each(['host', 'participant', 'viewer'])(
    'makes the user a member with the role %s, once',
    async (role) => {
      fan = await server.signUp('Fan');
      const room = await server.createRoom({ access: 'members' });
      const { code } = await invite(server, room, { role });
      expect(await fan.get(`/v1/rooms/${room.id}`)).toBeProblem(404, 'not_found');
      const first = await joinBy(fan, room, code);
      expect(first.body.participant).toMatchObject({ displayName: 'Fan', role });
      expect((await fan.get(`/v1/rooms/${room.id}`)).status).toBe(200);
      const again = [await joinBy(fan, room, code), await fan.post(`/v1/rooms/${room.id}/join`)];
      for (const { status, body } of again)
        expect([status, body]).toMatchObject([200, { participant: first.body.participant }]);
      await fan.post(`/v1/rooms/${room.id}/leave`);
      expect((await joinBy(fan, room, code)).status).toBe(200);
      expect(await members(room)).toMatchObject([{ userId: fan.signedIn?.user.id, role }]);
      expect(await usesOf(server, room)).toEqual([1]);
    },
  );

  it('needs no access code, but a member without an invite needs it', async () => {
    const room = await server.createRoom({ access: 'members', accessCode: 'let me in' });
    const { code } = await invite(server, room);
    fan = await server.signUp();
    expect((await joinBy(fan, room, code)).status).toBe(200);
    await change(room, { accessCode: 'another' });
    expect((await server.join(fan, room)).participant.role).toBe('participant');
    const member = await server.signUp();
    await server.admin.put(`/v1/rooms/${room.id}/members/${member.signedIn?.user.id}`, {
      role: 'viewer',
    });
    expect(await joinBy(member, room, code)).toBeProblem(403, 'access_code_required');
    expect(await usesOf(server, room)).toEqual([1]);
  });

  it('makes a user inside the room a member, and keeps their seat', async () => {
    const room = await server.createRoom();
    fan = await server.signUp();
    const before = await server.join(fan, room);
    const { code } = await invite(server, room, { role: 'host' });
    const { body } = await joinBy(fan, room, code);
    expect(body.participant).toEqual({ ...before.participant, role: 'host' });
    expect(await usesOf(server, room)).toEqual([1]);
  });

  it('changes nothing for members and administrators, with any code', async () => {
    const room = await server.createRoom({ access: 'members' });
    const { code } = await invite(server, room, { role: 'host' });
    fan = await server.signUp();
    await server.admin.put(`/v1/rooms/${room.id}/members/${fan.signedIn?.user.id}`, {
      role: 'viewer',
    });
    for (const given of [code, 'lki_unknown']) {
      expect((await joinBy(fan, room, given)).body.participant.role).toBe('viewer');
      expect((await joinBy(server.admin, room, given)).status).toBe(200);
    }
    expect(await members(room)).toMatchObject([{ role: 'viewer' }]);
    expect(await usesOf(server, room)).toEqual([0]);
  });
});

describe('an invite code that cannot be used', () => {
  /** One code of each unusable kind, for this room. */
  async function codesFor(room: Room): Promise<Record<string, string>> {
    const other = await server.createRoom({ access: 'members' });
    const expired = await invite(server, room, { expiresAt: '2031-01-01T00:00:00Z' });
    await server.database.query(`update invites set expires_at = $2 where id = $1`, [
      expired.id,
      '2001-01-01T00:00:00Z',
    ]);
    const revoked = await invite(server, room);
    await server.admin.delete(`/v1/rooms/${room.id}/invites/${revoked.id}`);
    const used = await invite(server, room, { maxUses: 1 });
    expect((await joinBy(await server.signUp(), room, used.code)).status).toBe(200);
    const good = await invite(server, room);
    const foreign = await invite(server, other);
    const codes = { expired, revoked, used, foreign };
    return {
      ...Object.fromEntries(Object.entries(codes).map(([kind, { code }]) => [kind, code])),
      mistyped: `${good.code.slice(0, -2)}${good.code.endsWith('AA') ? 'BB' : 'AA'}`,
      longer: `${good.code}A`,
      unknown: `lki_${'A'.repeat(27)}`,
      odd: 'a',
    };
  }

  it.each([
    ['users', 403, 'invite_invalid'],
    ['members', 404, 'not_found'],
  ])('is refused like an unknown code, in a room for %s', async (access, status, code) => {
    const room = await server.createRoom({ access });
    const codes = await codesFor(room);
    const uses = await usesOf(server, room);
    const problems = new Set<string>();
    for (const [kind, inviteCode] of Object.entries(codes)) {
      fan = await server.signUp();
      const problem = expectProblem(await joinBy(fan, room, inviteCode), status, code);
      problems.add(JSON.stringify({ ...problem, requestId: '' }));
      expect([kind, (await members(room)).length]).toEqual([kind, 1]);
    }
    expect(problems.size).toBe(1);
    expect(await usesOf(server, room)).toEqual(uses);
  });

  it('is limited to ten guesses, even in a missing room, and then a valid code is refused too', async () => {
    const hidden = await server.createRoom({ access: 'members' });
    const { code } = await invite(server, hidden);
    for (const room of [hidden, { id: crypto.randomUUID() }, { id: 'no-such-room' }]) {
      const guesser = await server.signUp();
      for (let guess = 0; guess < 10; guess += 1)
        expect(await joinBy(guesser, room, `lki_${guess}`)).toBeProblem(404, 'not_found');
      const answer = await joinBy(guesser, room, code);
      expect(expectProblem(answer, 429, 'rate_limited').retryAfter).toBeGreaterThanOrEqual(1);
      expect(await joinBy(guesser, hidden, code)).toBeProblem(429, 'rate_limited');
    }
    expect(await usesOf(server, hidden)).toEqual([0]);
    expect((await joinBy(await server.signUp(), hidden, code)).status).toBe(200);
  });

  it('is no longer counted after a valid code', async () => {
    const guesser = await server.signUp();
    for (let round = 0; round < 3; round += 1) {
      const room = await server.createRoom();
      const { code } = await invite(server, room);
      for (let guess = 0; guess < 8; guess += 1)
        expect(await joinBy(guesser, room, 'lki_wrong')).toBeProblem(403, 'invite_invalid');
      expect((await joinBy(guesser, room, code)).status).toBe(200);
    }
  });
});

describe('a refused join', () => {
  const refused: [string, Record<string, unknown>, Record<string, unknown>, string][] = [
    ['room_closed', {}, { status: 'closed' }, 'closed'],
    ['room_locked', {}, { status: 'locked' }, 'locked'],
    ['room_not_open', { opensAt: '2031-05-30T18:00:00Z' }, {}, 'not open'],
    ['room_full', { capacity: 1 }, {}, 'full'],
  ];

  it.each(refused)('with %s does not use up the invite', async (code, settings, patch) => {
    const room = await server.createRoom({ access: 'members', ...settings });
    const first = await invite(server, room, { maxUses: 1 });
    if (code === 'room_full')
      expect((await joinBy(await server.signUp(), room, first.code)).status).toBe(200);
    const { code: inviteCode } = await invite(server, room, { maxUses: 1 });
    await change(room, patch);
    const before = await members(room);
    fan = await server.signUp();
    expect(await joinBy(fan, room, inviteCode)).toBeProblem(409, code);
    expect(await members(room)).toEqual(before);
    expect((await usesOf(server, room))[0]).toBe(0);
    await change(room, { status: 'open', opensAt: null, capacity: null });
    expect((await joinBy(fan, room, inviteCode)).status).toBe(200);
    expect((await usesOf(server, room))[0]).toBe(1);
  });
});
