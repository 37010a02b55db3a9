import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { List, Room } from '../../support/shapes.js';

interface Member {
  readonly userId: string;
  readonly displayName: string;
  readonly role: string;
}

let host: Client;
let ann: Client;
let stranger: Client;
let room: Room;

const server = useApp();

beforeAll(async () => {
  [host, ann, stranger] = await Promise.all([
    server.signUp('Host'),
    server.signUp('Ann'),
    server.signUp('Stranger'),
  ]);
  room = await server.createRoom({ access: 'members', slug: 'club' });
  await set(server.admin, host, 'host');
});
const membersOf = ({ id } = room) => `/v1/rooms/${id}/members`;
const set = (by: Client, target: Client, role: string, of = room) =>
  by.put<Member>(`${membersOf(of)}/${idOf(target)}`, { role });
const remove = (by: Client, target: Client, of = room) =>
  by.delete(`${membersOf(of)}/${idOf(target)}`);
const list = async (by: Client, query = '', of = room) =>
  (await by.get<List<Member>>(`${membersOf(of)}?${query}`)).body;

describe('membership of a room', () => {
  it('can be given, changed and removed by administrators and hosts', async () => {
    for (const by of [server.admin, host]) {
      const given = await set(by, ann, 'viewer');
      expect(given.status).toBe(200);
      expect(given.body).toEqual({ userId: idOf(ann), displayName: 'Ann', role: 'viewer' });
      expect((await set(by, ann, 'participant')).body.role).toBe('participant');
      expect((await list(by)).items).toEqual(
        [
          { userId: idOf(host), displayName: 'Host', role: 'host' },
          { userId: idOf(ann), displayName: 'Ann', role: 'participant' },
        ].sort((a, b) => (a.userId < b.userId ? -1 : 1)),
      );
      expect((await remove(by, ann)).status).toBe(204);
      expect(await remove(by, ann)).toBeProblem(404, 'not_found');
    }
  });

  it('can be changed through the slug of the room', async () => {
    const answer = await host.put<Member>(`/v1/rooms/club/members/${idOf(ann)}`, {
      role: 'viewer',
    });
    expect(answer.status).toBe(200);
    expect((await host.delete(`/v1/rooms/club/members/${idOf(ann)}`)).status).toBe(204);
  });

  it('admits a user to the room, and its end removes them even from inside', async () => {
    expect(await ann.get(`/v1/rooms/${room.id}`)).toBeProblem(404, 'not_found');
    expect(await ann.post(`/v1/rooms/${room.id}/join`)).toBeProblem(404, 'not_found');
    await set(host, ann, 'viewer');
    expect((await ann.get(`/v1/rooms/${room.id}`)).status).toBe(200);
    expect((await server.join(ann, room)).participant.role).toBe('viewer');
    await remove(host, ann);
    for (const verb of ['heartbeat', 'join', 'leave'])
      expect(await ann.post(`/v1/rooms/${room.id}/${verb}`)).toBeProblem(404, 'not_found');
  });

  it('with a new role takes effect at the next join, in the same seat', async () => {
    await set(host, ann, 'participant');
    const before = await server.join(ann, room);
    await set(host, ann, 'host');
    const after = await server.join(ann, room);
    expect(after.participant).toEqual({ ...before.participant, role: 'host' });
    await set(server.admin, ann, 'participant');
    expect(await ann.get(membersOf())).toBeProblem(403, 'forbidden');
    await remove(host, ann);
  });

  it('may be given up by the last host, because administrators remain', async () => {
    const other = await server.createRoom({ access: 'members' });
    await set(server.admin, host, 'host', other);
    expect((await set(host, host, 'participant', other)).status).toBe(200);
    expect(await set(host, host, 'host', other)).toBeProblem(403, 'forbidden');
  });

  it('ends when the account is deleted', async () => {
    const gone = await server.signUp('Gone');
    await set(host, gone, 'viewer');
    await server.admin.delete(`/v1/users/${idOf(gone)}`);
    expect((await list(host)).items.map(({ userId }) => userId)).toEqual([idOf(host)]);
    expect(await set(host, gone, 'viewer')).toBeProblem(404, 'not_found');
  });

  it('cannot be given to an unknown user', async () => {
    const path = `${membersOf()}/${crypto.randomUUID()}`;
    expect(await host.put(path, { role: 'viewer' })).toBeProblem(404, 'not_found');
    expect(await host.delete(path)).toBeProblem(404, 'not_found');
    expect((await list(host)).items).toHaveLength(1);
  });

  it.each([{}, { role: 'admin' }, { role: null }])('is refused with the body %j', async (body) => {
    const answer = await host.put(`${membersOf()}/${idOf(ann)}`, body);
    expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual(['/role']);
  });

  it('is listed in pages', async () => {
    const other = await server.createRoom({ access: 'members' });
    for (const client of [host, ann, stranger]) await set(server.admin, client, 'viewer', other);
    const ids = [host, ann, stranger].map(idOf).sort();
    const first = await list(server.admin, 'limit=2', other);
    const second = await list(server.admin, `limit=2&cursor=${first.nextCursor}`, other);
    const pages = [first, second].map(({ items }) => items.map(({ userId }) => userId));
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2)]);
    expect(second.nextCursor).toBeNull();
    for (const query of ['limit=0', 'limit=201', 'cursor=x', 'role=host'])
      expect(await server.admin.get(`${membersOf(other)}?${query}`)).toBeProblem(
        400,
        'invalid_request',
      );
  });
});

describe('the members of a room', () => {
  const calls: [string, (by: Client, of: Room) => ReturnType<Client['get']>][] = [
    ['seen', (by, of) => by.get(membersOf(of))],
    ['changed', (by, of) => by.put(`${membersOf(of)}/${idOf(ann)}`, { role: 'host' })],
    ['removed', (by, of) => by.delete(`${membersOf(of)}/${idOf(host)}`)],
  ];

  it.each(calls)('cannot be %s by anybody who is not a host', async (_, call) => {
    const open = await server.createRoom();
    for (const role of ['participant', 'viewer']) {
      await set(server.admin, ann, role);
      expect(await call(ann, room)).toBeProblem(403, 'forbidden');
    }
    await remove(server.admin, ann);
    expect(await call(stranger, open)).toBeProblem(403, 'forbidden');
    expect(await call(stranger, room)).toBeProblem(404, 'not_found');
    expect(await call(host, open)).toBeProblem(403, 'forbidden');
    expect(await call(server.anyone, room)).toBeProblem(401, 'unauthenticated');
    expect((await list(host)).items.map(({ userId }) => userId)).toEqual([idOf(host)]);
  });

  it('are not found if the room does not exist', async () => {
    const missing = { ...room, id: crypto.randomUUID() };
    for (const [, call] of calls)
      expect(await call(server.admin, missing)).toBeProblem(404, 'not_found');
  });
});
