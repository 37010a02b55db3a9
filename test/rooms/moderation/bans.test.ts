import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import { invite, joinBy, signInAsGuest, usesOf } from '../../support/invites.js';
import type { JoinGrant, List, Room } from '../../support/shapes.js';

interface Ban {
  readonly userId: string;
  readonly displayName: string;
  readonly until: string | null;
  readonly reason: string | null;
  readonly by: string;
  readonly createdAt: string;
}

let host: Client;
let ann: Client;

const server = useApp();

beforeAll(async () => {
  [host, ann] = await Promise.all([server.signUp('Host'), server.signUp('Ann')]);
});
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
const pathOf = (room: Room, target: Client) => `/v1/rooms/${room.id}/bans/${idOf(target)}`;
const ban = (by: Client, target: Client, room: Room, body: Record<string, unknown> = {}) =>
  by.put<Ban>(pathOf(room, target), body);
const list = async (room: Room, query = '') =>
  (await server.admin.get<List<Ban>>(`/v1/rooms/${room.id}/bans?${query}`)).body;
const enter = (client: Client, room: Room, verb: string) =>
  client.post<JoinGrant>(`/v1/rooms/${room.id}/${verb}`);

async function roomWith(members: [Client, string][], settings = {}): Promise<Room> {
  const room = await server.createRoom({ access: 'members', ...settings });
  for (const [client, role] of members)
    await server.admin.put(`/v1/rooms/${room.id}/members/${idOf(client)}`, { role });
  return room;
}

describe('a ban', () => {
  it('keeps out a member until it is lifted', async () => {
    const room = await roomWith([
      [host, 'host'],
      [ann, 'participant'],
    ]);
    const { status, body } = await ban(host, ann, room, { reason: 'spoilers' });
    expect(status).toBe(200);
    expect(body).toEqual({
      userId: idOf(ann),
      displayName: 'Ann',
      until: null,
      reason: 'spoilers',
      by: idOf(host),
      createdAt: expect.any(String),
    });
    expect((await list(room)).items).toEqual([body]);
    for (const verb of ['join', 'heartbeat']) {
      const refused = expectProblem(await enter(ann, room, verb), 403, 'banned');
      expect(refused).toMatchObject({ bannedUntil: null });
    }
    expect((await host.delete(pathOf(room, ann))).status).toBe(204);
    expect(await host.delete(pathOf(room, ann))).toBeProblem(404, 'not_found');
    expect((await list(room)).items).toEqual([]);
    expect((await enter(ann, room, 'join')).status).toBe(200);
  });

  it('ends all seats of the person in the room at once, and no other seat', async () => {
    const room = await server.createRoom();
    const other = await server.createRoom();
    const phone = server.anyone.as(
      (
        await server.anyone.post<NonNullable<Client['signedIn']>>('/v1/auth/login', {
          email: ann.signedIn?.user.email,
          password: 'a password for tests',
        })
      ).body,
    );
    for (const client of [ann, phone, host]) await server.join(client, room);
    await server.join(ann, other);
    await ban(server.admin, ann, room);
    const seats = await server.database.query<{ user_id: string }>(
      'select user_id from seats where room_id = $1',
      [room.id],
    );
    expect(seats).toEqual([{ user_id: idOf(host) }]);
    for (const client of [ann, phone])
      expect(await enter(client, room, 'heartbeat')).toBeProblem(403, 'banned');
    expect((await enter(host, room, 'heartbeat')).status).toBe(200);
    expect((await enter(ann, other, 'heartbeat')).status).toBe(200);
  });

  it('is reported with its end, and has no effect after it', async () => {
    const room = await server.createRoom();
    const until = inSeconds(3_600);
    await ban(server.admin, ann, room, { until });
    for (const verb of ['join', 'heartbeat'])
      expect(expectProblem(await enter(ann, room, verb), 403, 'banned')).toMatchObject({
        bannedUntil: until,
      });
    await server.database.query(
      `update bans set until = clock_timestamp() - interval '1 ms' where room_id = $1`,
      [room.id],
    );
    expect(await enter(ann, room, 'heartbeat')).toBeProblem(409, 'not_in_room');
    expect((await list(room)).items).toEqual([]);
    expect(await server.admin.delete(pathOf(room, ann))).toBeProblem(404, 'not_found');
    expect((await enter(ann, room, 'join')).status).toBe(200);
  });

  it('is replaced by the next ban of the same person', async () => {
    const room = await server.createRoom();
    await ban(server.admin, ann, room, { reason: 'first', until: inSeconds(60) });
    const { body } = await ban(server.admin, ann, room);
    expect(body).toMatchObject({ until: null, reason: null });
    expect((await list(room)).items).toEqual([body]);
  });

  it('does not reveal a hidden room to a stranger', async () => {
    const room = await roomWith([]);
    await ban(server.admin, ann, room);
    for (const verb of ['join', 'heartbeat'])
      expect(await enter(ann, room, verb)).toBeProblem(404, 'not_found');
  });

  it('cannot be bypassed with an invite, which stays unused', async () => {
    const room = await roomWith([]);
    const { code } = await invite(server, room);
    await ban(server.admin, ann, room);
    expect(await joinBy(ann, room, code)).toBeProblem(403, 'banned');
    expect(await usesOf(server, room)).toEqual([0]);
  });

  it('keeps out a guest too', async () => {
    const room = await roomWith([]);
    const guest = await signInAsGuest(server, (await invite(server, room)).code);
    await server.join(guest, room);
    expect((await ban(server.admin, guest, room)).status).toBe(200);
    for (const verb of ['join', 'heartbeat'])
      expect(await enter(guest, room, verb)).toBeProblem(403, 'banned');
    expect(await guest.get(`/v1/rooms/${room.id}/participants`)).toBeProblem(403, 'banned');
  });

  it('ends when the account of the person is deleted', async () => {
    const gone = await server.signUp('Gone');
    const room = await server.createRoom();
    await ban(server.admin, gone, room);
    await server.admin.delete(`/v1/users/${idOf(gone)}`);
    expect((await list(room)).items).toEqual([]);
    expect(await ban(server.admin, gone, room)).toBeProblem(404, 'not_found');
    expect(await server.admin.delete(pathOf(room, gone))).toBeProblem(404, 'not_found');
  });

  it('is recorded in the audit trail and in the feed of the banned person', async () => {
    const room = await server.createRoom();
    const until = inSeconds(600);
    await ban(server.admin, ann, room, { until, reason: 'nobody’s business but the hosts’' });
    await server.admin.delete(pathOf(room, ann));
    const trail = await server.admin.get<List<unknown>>(`/v1/audit?roomId=${room.id}`);
    const common = { actorId: idOf(server.admin), userId: idOf(ann), roomId: room.id };
    expect(trail.body.items.slice(0, 2)).toEqual([
      expect.objectContaining({ ...common, action: 'ban.removed', details: {} }),
      expect.objectContaining({ ...common, action: 'ban.set', details: { until } }),
    ]);
    const events = `select type, user_id, data from room_events where room_id = $1`;
    expect(await server.database.query(events, [room.id])).toEqual([
      { type: 'removed', user_id: idOf(ann), data: { reason: 'banned' } },
    ]);
  });

  it('must end in the future', async () => {
    const room = await server.createRoom();
    const answer = await ban(server.admin, ann, room, { until: inSeconds(-60) });
    expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual(['/until']);
    expect((await enter(ann, room, 'join')).status).toBe(200);
  });

  it('is listed in pages', async () => {
    const room = await server.createRoom();
    const third = await server.signUp('Third');
    for (const client of [host, ann, third]) await ban(server.admin, client, room);
    const ids = [host, ann, third].map(idOf).sort();
    const first = await list(room, 'limit=2');
    const second = await list(room, `limit=2&cursor=${first.nextCursor}`);
    const pages = [first, second].map(({ items }) => items.map(({ userId }) => userId));
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2)]);
    expect(second.nextCursor).toBeNull();
  });
});

describe('the right to ban', () => {
  it('does not extend to administrators, and an older ban has no effect on them', async () => {
    const boss = await server.signUp('Boss');
    const room = await roomWith([[host, 'host']]);
    const other = await server.createRoom();
    await ban(server.admin, boss, other);
    await server.admin.patch(`/v1/users/${idOf(boss)}`, { role: 'admin' });
    for (const by of [server.admin, host])
      expect(await ban(by, boss, room)).toBeProblem(409, 'admin_not_bannable');
    expect((await enter(boss, other, 'join')).status).toBe(200);
    expect((await enter(boss, other, 'heartbeat')).status).toBe(200);
  });

  it('only administrators can ban a host, or lift the ban of a host', async () => {
    const other = await server.signUp('Other host');
    const room = await roomWith([
      [host, 'host'],
      [other, 'host'],
    ]);
    for (const target of [other, host])
      expect(await ban(host, target, room)).toBeProblem(403, 'forbidden');
    expect((await ban(server.admin, host, room)).status).toBe(200);
    expect(await enter(host, room, 'join')).toBeProblem(403, 'banned');
    for (const by of [host, other])
      expect(await by.delete(pathOf(room, host))).toBeProblem(403, 'forbidden');
    expect((await server.admin.delete(pathOf(room, host))).status).toBe(204);
  });

  it('belongs to the hosts and the administrators of the room only', async () => {
    const room = await roomWith([[ann, 'participant']]);
    expect(await ban(ann, host, room)).toBeProblem(403, 'forbidden');
    expect(await ban(host, ann, room)).toBeProblem(404, 'not_found');
    expect(await ann.get(`/v1/rooms/${room.id}/bans`)).toBeProblem(403, 'forbidden');
    expect(await ann.delete(pathOf(room, host))).toBeProblem(403, 'forbidden');
  });
});
